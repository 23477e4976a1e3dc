// SPDX-License-Identifier: Apache-2.0
// Opcodes and modifiers of PTX as enums. A modifier is one word between dots that is neither a type, a state space nor
// a vector size; an instruction has each at most once, so that a set of them says all (except the order of types).
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cudaemu::ptx {

// clang-format off
#define CUDAEMU_OPCODES(X)                                                                                             \
  X(abs) X(activemask) X(add) X(addc) X(alloca) X(and_) X(applypriority) X(atom) X(bar) X(barrier) X(bfe) X(bfi)        \
  X(bfind) X(bmsk) X(bra) X(brev) X(brkpt) X(brx) X(call) X(clz) X(cnot) X(copysign) X(cos) X(cp) X(cvt) X(cvta)        \
  X(createpolicy) X(discard) X(div) X(dp2a) X(dp4a) X(elect) X(ex2) X(exit) X(fence) X(fma) X(fns) X(getctarank)        \
  X(griddepcontrol) X(isspacep) X(istypep) X(ld) X(ldmatrix) X(ldu) X(lg2) X(lop3) X(mad) X(mad24) X(madc) X(mapa)      \
  X(match) X(max) X(mbarrier) X(membar) X(min) X(mma) X(mov) X(movmatrix) X(mul) X(mul24) X(nanosleep) X(neg) X(not_)    \
  X(or_) X(pmevent) X(popc) X(prefetch) X(prefetchu) X(prmt) X(rcp) X(red) X(redux) X(rem) X(ret) X(rsqrt) X(sad)       \
  X(selp) X(set) X(setp) X(shf) X(shfl) X(shl) X(shr) X(sin) X(slct) X(sqrt) X(st) X(stackrestore) X(stacksave)         \
  X(stmatrix) X(sub) X(subc) X(suld) X(szext) X(tanh) X(testp) X(tex) X(trap) X(vabsdiff) X(vabsdiff2) X(vabsdiff4)     \
  X(vadd) X(vadd2) X(vadd4) X(vavrg2) X(vavrg4) X(vmad) X(vmax) X(vmax2) X(vmax4) X(vmin) X(vmin2) X(vmin4) X(vote)     \
  X(vset) X(vset2) X(vset4) X(vshl) X(vshr) X(vsub) X(vsub2) X(vsub4) X(wgmma) X(xor_)

// Words that are C++ keywords or hold characters an identifier may not have are given with their spelling.
#define CUDAEMU_MODIFIERS(X, Y)                                                                                        \
  X(abs) X(acq_rel) X(acquire) X(add) X(after_prefix) X(aligned) X(all) X(any) X(approx) X(arrive) X(arrive_drop)       \
  X(arrive_expect_tx) X(async) X(ballot) X(bfly) X(bulk) X(ca) X(cas) X(cc) X(cg) X(clamp) X(cluster) X(col)            \
  X(commit_group) X(complete_tx) X(cp) X(cs) X(cta) X(cv) X(dec) X(down) X(eq) X(equ) X(exch) X(expect_tx)              \
  X(finite) X(fractional) X(pack) X(range) X(from) X(ftz) X(full) X(ge) X(geu) X(gl) X(gpu) X(gt) X(gtu) X(hi) X(hs) X(idx) X(inc) X(infinite)         \
  X(init) X(inval) X(irn) X(launch_dependents) X(le) X(leu) X(lo) X(ls) X(lt) X(ltu) X(lu) X(m16n8k16) X(m16n8k32)      \
  X(m16n8k4) X(m16n8k64) X(m16n8k8) X(m8n8) X(m8n8k16) X(m8n8k32) X(m8n8k4) X(max) X(mbarrier_init) X(min) X(mmio)      \
  X(multimem) X(nan) X(nc) X(ne) X(neu) X(noComplete) X(noftz) X(noinc) X(normal) X(notanumber) X(num) X(number)        \
  X(parity) X(mbarrier) X(pending_count) X(popc) X(proxy) X(rcp64h) X(read) X(red) X(relaxed) X(release) X(relu) X(rm) X(rmi) X(rn) X(rna)    \
  X(rni) X(row) X(rp) X(rpi) X(rs) X(rz) X(rzi) X(sat) X(satfinite) X(sc) X(shiftamt) X(subnormal) X(sync) X(sys)       \
  X(test) X(test_wait) X(to) X(trans) X(try_wait) X(uni) X(unit) X(up) X(wait) X(wait_all) X(wait_group) X(warp)        \
  X(wb) X(weak) X(wide) X(wrap) X(wt) X(x1) X(x2) X(x4)                                                                 \
  X(l) X(r) X(b0) X(b1) X(b2) X(b3) X(h0) X(h1) X(f4e) X(b4e) X(rc8) X(ecl) X(ecr) X(rc16) X(b10) X(b32_half) X(sp)               \
  Y(and_, "and") Y(or_, "or") Y(xor_, "xor") Y(volatile_, "volatile") Y(xorsign_abs, "xorsign") Y(nan_result, "NaN")                        \
  Y(cache_hint, "L2::cache_hint") Y(l2_64B, "L2::64B") Y(l2_128B, "L2::128B") Y(l2_256B, "L2::256B")                   \
  Y(l1_evict_normal, "L1::evict_normal") Y(l1_evict_unchanged, "L1::evict_unchanged")                                  \
  Y(l1_evict_first, "L1::evict_first") Y(l1_evict_last, "L1::evict_last") Y(l1_no_allocate, "L1::no_allocate")         \
  Y(l2_evict_last, "L2::evict_last") Y(l2_evict_normal, "L2::evict_normal") Y(l2_evict_first, "L2::evict_first")       \
  Y(level_l1, "L1") Y(level_l2, "L2") Y(proxy_async, "async::generic")
// clang-format on

enum class Opcode : std::uint8_t {
#define CUDAEMU_X(name) name,
  CUDAEMU_OPCODES(CUDAEMU_X)
#undef CUDAEMU_X
      unknown,
};

enum class Modifier : std::uint8_t {
#define CUDAEMU_X(name) name,
#define CUDAEMU_Y(name, spelling) name,
  CUDAEMU_MODIFIERS(CUDAEMU_X, CUDAEMU_Y)
#undef CUDAEMU_X
#undef CUDAEMU_Y
      count,
};

class ModifierSet {
 public:
  void add(Modifier m) { bits_.set(static_cast<std::size_t>(m)); }
  bool has(Modifier m) const { return bits_.test(static_cast<std::size_t>(m)); }
  // The first of `candidates` that is in the set, or nullopt.
  template <class List>
  std::optional<Modifier> first_of(const List& candidates) const {
    for (const Modifier m : candidates)
      if (has(m)) return m;
    return std::nullopt;
  }

 private:
  std::bitset<static_cast<std::size_t>(Modifier::count)> bits_;
};

Opcode opcode_of(std::string_view word);  // Opcode::unknown for others
std::optional<Modifier> modifier_of(std::string_view word);

}  // namespace cudaemu::ptx
