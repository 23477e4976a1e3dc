// SPDX-License-Identifier: Apache-2.0
// The functions that device code calls and that are not in its PTX: vprintf, __assertfail, malloc, free.
#include <bit>
#include <cstdio>

#include "tools/cudaemu/engine/address.h"
#include "tools/cudaemu/engine/control.h"
#include "tools/cudaemu/engine/grid.h"
#include "tools/cudaemu/engine/lanes.h"
#include "tools/cudaemu/engine/memory.h"

namespace cudaemu {
namespace {

// Arguments of the call that executes, in the frame's parameter memory.
class Arguments {
 public:
  Arguments(Warp& w, const Instruction& in, int lane) : call_(w.code().calls[in.target]) {
    base_ = w.frame().parameters + static_cast<std::size_t>(lane) * w.code().parameter_bytes;
  }
  template <class T>
  T get(std::size_t index) const {
    T value{};
    if (index < call_.arguments.size()) std::memcpy(&value, base_ + call_.arguments[index], sizeof(T));
    return value;
  }
  template <class T>
  void give(T value) const {
    if (!call_.results.empty()) std::memcpy(base_ + call_.results[0], &value, sizeof(T));
  }

 private:
  const Call& call_;
  std::byte* base_;
};

std::string read_string(Warp& w, const Instruction& in, int lane, std::uint64_t address) {
  std::string text;
  for (;; ++address) {
    const std::byte* at = resolve_read<1>(w, in, lane, address);
    if (!at || *at == std::byte{0}) return text;
    text += static_cast<char>(*at);
  }
}

// printf's conversions one by one; the arguments stand in a buffer, each aligned to its size.
class Formatter {
 public:
  Formatter(Warp& w, const Instruction& in, int lane, std::uint64_t buffer)
      : w_(w), in_(in), lane_(lane), next_(buffer) {}

  std::string format(const std::string& text, std::int32_t& conversions) {
    std::string out;
    conversions = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '%') {
        out += text[i];
        continue;
      }
      std::string spec = "%";
      std::size_t j = i + 1;
      int longs = 0;
      for (; j < text.size() && std::string_view("diouxXeEfFgGaAcsp%").find(text[j]) == std::string_view::npos; ++j) {
        if (text[j] == '*')
          spec += std::to_string(take<std::int32_t>());
        else if (text[j] == 'l' || text[j] == 'j' || text[j] == 'z' || text[j] == 't')
          ++longs;
        else if (text[j] != 'h')
          spec += text[j];
      }
      if (j == text.size()) return out + text.substr(i);
      convert(out, spec, text[j], longs > 0);
      conversions += text[j] != '%';
      i = j;
    }
    return out;
  }

 private:
  void convert(std::string& out, std::string spec, char kind, bool is_long) {
    char piece[512];
    switch (kind) {
      case '%':
        out += '%';
        return;
      case 's': {
        const std::string value = read_string(w_, in_, lane_, take<std::uint64_t>());
        std::snprintf(piece, sizeof piece, (spec + "s").c_str(), value.c_str());
        break;
      }
      case 'p':
        std::snprintf(piece, sizeof piece, "%#llx", static_cast<unsigned long long>(take<std::uint64_t>()));
        break;
      case 'c':
        std::snprintf(piece, sizeof piece, (spec + "c").c_str(), take<std::int32_t>());
        break;
      case 'd':
      case 'i':
      case 'o':
      case 'u':
      case 'x':
      case 'X':
        if (is_long)
          std::snprintf(piece, sizeof piece, (spec + "ll" + kind).c_str(), take<long long>());
        else
          std::snprintf(piece, sizeof piece, (spec + kind).c_str(), take<std::int32_t>());
        break;
      default:
        std::snprintf(piece, sizeof piece, (spec + kind).c_str(), take<double>());
    }
    out += piece;
  }

  template <class T>
  T take() {
    next_ = (next_ + sizeof(T) - 1) & ~std::uint64_t{sizeof(T) - 1};
    T value{};
    if (const std::byte* at = resolve_read<sizeof(T)>(w_, in_, lane_, next_)) std::memcpy(&value, at, sizeof(T));
    next_ += sizeof(T);
    return value;
  }

  Warp& w_;
  const Instruction& in_;
  int lane_;
  std::uint64_t next_;
};

void print(Warp& w, const Instruction& in, int lane) {
  const Arguments arguments(w, in, lane);
  const std::string text = read_string(w, in, lane, arguments.get<std::uint64_t>(0));
  std::int32_t conversions = 0;
  const std::string out = Formatter(w, in, lane, arguments.get<std::uint64_t>(1)).format(text, conversions);
  std::fputs(out.c_str(), stdout);
  arguments.give<std::int32_t>(conversions);
}

void fail_assertion(Warp& w, const Instruction& in, int lane) {
  const Arguments arguments(w, in, lane);
  w.block().report_at(w, in, lane, ReportKind::assertion,
                      read_string(w, in, lane, arguments.get<std::uint64_t>(1)) + ":" +
                          std::to_string(arguments.get<std::uint32_t>(2)) + ": " +
                          read_string(w, in, lane, arguments.get<std::uint64_t>(3)) + ": " +
                          read_string(w, in, lane, arguments.get<std::uint64_t>(0)));
  w.block().fail(Outcome::assertion);
}

void free_memory(Warp& w, const Instruction& in, int lane) {
  const auto address = Arguments(w, in, lane).get<std::uint64_t>(0);
  if (address == 0 || free_device(reinterpret_cast<void*>(address)) == FreeResult::freed) return;
  w.block().report_at(w, in, lane, ReportKind::invalid_free,
                      "free of " + describe_address(reinterpret_cast<void*>(address)));
  w.block().fail(Outcome::trapped);
}

}  // namespace

bool is_builtin(std::string_view name) {
  return name == "vprintf" || name == "__assertfail" || name == "malloc" || name == "free";
}

void call_builtin(Warp& w, const Instruction& in, LaneMask mask) {
  const std::string& name = w.code().calls[in.target].name;
  if (name == "__assertfail") return fail_assertion(w, in, std::countr_zero(mask));
  for_each_lane(mask, [&](int i) {
    if (name == "vprintf")
      print(w, in, i);
    else if (name == "free")
      free_memory(w, in, i);
    else {
      const auto bytes = Arguments(w, in, i).get<std::uint64_t>(0);
      void* memory = allocate_device(bytes, w.block().grid().launch().device,
                                     "malloc in kernel " + w.block().grid().program().traits().name);
      Arguments(w, in, i).give(reinterpret_cast<std::uint64_t>(memory));
    }
  });
}

}  // namespace cudaemu
