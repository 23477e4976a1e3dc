// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/engine/control.h"

#include <bit>

#include "tools/cudaemu/engine/block.h"
#include "tools/cudaemu/engine/frame_values.h"
#include "tools/cudaemu/engine/grid.h"
#include "tools/cudaemu/engine/lanes.h"
#include "tools/cudaemu/engine/race.h"

namespace cudaemu {

void branch(Warp& w, const Instruction& in, LaneMask mask) { w.jump(mask, in.target); }

void branch_table(Warp& w, const Instruction& in, LaneMask mask) {
  const std::vector<std::uint32_t>& table = w.code().tables[in.target];
  const std::uint32_t* index = w.reg<std::uint32_t>(in.a);
  std::uint32_t targets[kLanes];
  for_each_lane(mask, [&](int i) { targets[i] = table[index[i] < table.size() ? index[i] : table.size() - 1]; });
  w.jump_each(mask, targets);
}

namespace {

void enter(Warp& w, const Instruction& in, LaneMask mask, const Code& callee) {
  const Call& call = w.code().calls[in.target];
  const Frame& caller = w.frame();
  const std::size_t stride = caller.code->parameter_bytes;
  if (caller.local_base + caller.code->local_bytes + callee.local_bytes > w.local_stride()) {
    w.block().report_at(
        w, in, std::countr_zero(mask), ReportKind::out_of_bounds,
        "the stack of " + std::to_string(w.local_stride()) + " bytes overflows in a call of " + callee.function->name);
    return w.block().fail(Outcome::trapped);
  }
  const std::byte* actuals = caller.parameters;
  w.call(mask, callee, in.target);
  Frame& frame = w.frame();
  for (std::size_t p = 0; p < call.arguments.size() && p < callee.formals.size(); ++p)
    for_each_lane(mask, [&](int i) {
      std::memcpy(frame.parameters + static_cast<std::size_t>(i) * callee.parameter_bytes + callee.formals[p],
                  actuals + static_cast<std::size_t>(i) * stride + call.arguments[p], callee.formal_bytes[p]);
    });
}

}  // namespace

void call_function(Warp& w, const Instruction& in, LaneMask mask) {
  enter(w, in, mask, *w.code().calls[in.target].callee);
}

// Lanes may call different functions: one after another, each its own group.
void call_indirect(Warp& w, const Instruction& in, LaneMask mask) {
  const std::uint64_t* address = w.reg<std::uint64_t>(in.a);
  const std::uint64_t first = address[std::countr_zero(mask)];
  LaneMask same = 0;
  for_each_lane(mask, [&](int i) { same |= static_cast<LaneMask>(address[i] == first) << i; });
  const Code* callee = w.block().grid().program().function_at(first);
  if (!callee) {
    w.block().report_at(w, in, std::countr_zero(mask), ReportKind::out_of_bounds,
                        "call of " + hexadecimal(first) + ", where there is no function");
    return w.block().fail(Outcome::trapped);
  }
  if (same != mask) w.jump(mask & ~same, w.pc() - 1);  // they execute the call again, by themselves
  enter(w, in, same, *callee);
}

void return_from(Warp& w, const Instruction&, LaneMask mask) {
  Frame& frame = w.frame();
  Frame* caller = frame.caller;
  if (caller) {
    const Call& call = caller->code->calls[frame.call];
    const Code& code = *frame.code;
    const std::size_t first_result = code.function->parameters.size();
    for (std::size_t r = 0; r < call.results.size() && first_result + r < code.formals.size(); ++r)
      for_each_lane(mask, [&](int i) {
        std::memcpy(
            caller->parameters + static_cast<std::size_t>(i) * caller->code->parameter_bytes + call.results[r],
            frame.parameters + static_cast<std::size_t>(i) * code.parameter_bytes + code.formals[first_result + r],
            code.formal_bytes[first_result + r]);
      });
  }
  w.return_lanes(mask);
}

void exit_thread(Warp& w, const Instruction&, LaneMask mask) { w.exit_lanes(mask); }

void trap(Warp& w, const Instruction& in, LaneMask mask) {
  w.block().report_at(w, in, std::countr_zero(mask), ReportKind::trap, "the kernel executes trap");
  w.block().fail(Outcome::trapped);
}

void unsupported(Warp& w, const Instruction& in, LaneMask mask) {
  const ptx::Instruction& source = w.block().grid().program().source_of(in.number);
  w.block().report_at(w, in, std::countr_zero(mask), ReportKind::unsupported_instruction,
                      source.problem.empty() ? source.text : source.text + " (" + source.problem + ")");
  w.block().fail(Outcome::trapped);
}

namespace {

template <bool kArriveOnly>
void enter_barrier(Warp& w, const Instruction& in, LaneMask mask) {
  const std::uint32_t* number = w.reg<std::uint32_t>(in.a);
  const LaneMask predicate = in.c == kNoSlot ? 0 : w.predicate(in.c);
  while (mask) {
    const int first = std::countr_zero(mask);
    LaneMask same = 0;
    for_each_lane(mask, [&](int i) { same |= static_cast<LaneMask>(number[i] == number[first]) << i; });
    mask &= ~same;
    const std::uint32_t count = in.b == kNoSlot ? 0 : w.reg<std::uint32_t>(in.b)[first];
    w.block().arrive(w, in, same, number[first], count, kArriveOnly, predicate);
  }
}

}  // namespace

void block_barrier(Warp& w, const Instruction& in, LaneMask mask) { enter_barrier<false>(w, in, mask); }
void block_barrier_arrive(Warp& w, const Instruction& in, LaneMask mask) { enter_barrier<true>(w, in, mask); }

void fence(Warp& w, const Instruction& in, LaneMask mask) {
  if (w.race) w.race->fence(mask, static_cast<std::uint32_t>(in.immediate));
}

void nanosleep(Warp& w, const Instruction&, LaneMask) {
  w.sleep();
  w.spin();
}
void no_operation(Warp&, const Instruction&, LaneMask) {}

void read_clock_register(Warp& w, const Instruction& in, LaneMask mask) {
  const auto r = static_cast<ptx::SpecialRegister>(in.small);
  const std::uint64_t now = read_clock(w, r);
  w.spin();
  if (ptx::bytes_of(r) == 8)
    for_each_lane(mask, [&](int i) { w.reg<std::uint64_t>(in.d)[i] = now; });
  else
    for_each_lane(mask, [&](int i) { w.reg<std::uint32_t>(in.d)[i] = static_cast<std::uint32_t>(now); });
}

}  // namespace cudaemu
