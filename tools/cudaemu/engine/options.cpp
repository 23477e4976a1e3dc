// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/engine/options.h"

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <thread>

namespace cudaemu {
namespace {

[[noreturn]] void wrong_value(const char* name, std::string_view value, const char* allowed) {
  std::fprintf(stderr, "cudaemu: %s=%.*s is not understood; allowed: %s\n", name, static_cast<int>(value.size()),
               value.data(), allowed);
  std::_Exit(2);
}

std::uint64_t number(const char* name, const std::string& value) {
  char* end = nullptr;
  const std::uint64_t result = std::strtoull(value.c_str(), &end, 0);
  if (value.empty() || *end) wrong_value(name, value, "a number");
  return result;
}

void set_checks(Checks& checks, std::string_view list) {
  constexpr const char* kAllowed =
      "all, none, or a list such as -race,-unwritten of bounds unwritten race barrier lanes leak";
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    std::string_view word = list.substr(0, comma);
    list = comma == std::string_view::npos ? "" : list.substr(comma + 1);
    if (word == "all")
      checks = Checks{};
    else if (word == "none")
      checks = Checks{false, false, false, false, false, false};
    else {
      const bool on = !word.starts_with('-');
      if (word.starts_with('-') || word.starts_with('+')) word.remove_prefix(1);
      if (word == "bounds")
        checks.bounds = on;
      else if (word == "unwritten")
        checks.unwritten = on;
      else if (word == "race")
        checks.race = on;
      else if (word == "barrier")
        checks.barrier = on;
      else if (word == "lanes")
        checks.lanes = on;
      else if (word == "leak")
        checks.leak = on;
      else
        wrong_value("CUDAEMU_CHECKS", word, kAllowed);
    }
  }
}

Options read() {
  Options o;
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value ? value : "");
  };
  if (const std::string order = variable("CUDAEMU_ORDER"); !order.empty()) {
    if (order == "rev")
      o.order = Order::reverse;
    else if (order.starts_with("rand")) {
      o.order = Order::random;
      if (order.size() > 4) o.seed = number("CUDAEMU_ORDER", order.substr(5));
    } else if (order != "fwd")
      wrong_value("CUDAEMU_ORDER", order, "fwd, rev, rand:SEED");
  }
  set_checks(o.checks, variable("CUDAEMU_CHECKS"));
  o.threads = static_cast<int>(std::thread::hardware_concurrency());
  if (const std::string threads = variable("CUDAEMU_THREADS"); !threads.empty())
    o.threads = static_cast<int>(number("CUDAEMU_THREADS", threads));
  if (o.threads < 1) o.threads = 1;
  if (const std::string mode = variable("CUDAEMU_REPORT"); !mode.empty()) {
    if (mode != "abort" && mode != "collect") wrong_value("CUDAEMU_REPORT", mode, "abort, collect");
    o.abort_on_report = mode == "abort";
  }
  o.report_file = variable("CUDAEMU_REPORT_FILE");
  o.stat_file = variable("CUDAEMU_STAT");
  if (const std::string bytes = variable("CUDAEMU_MEMORY"); !bytes.empty())
    o.device_bytes = number("CUDAEMU_MEMORY", bytes);
  return o;
}

}  // namespace

const Options& options() {
  static const Options* instance = new Options(read());
  return *instance;
}

}  // namespace cudaemu
