// SPDX-License-Identifier: Apache-2.0
// CPU, memory, threads and disk, by what Linux says of them.
#include "kernels/core/context.h"
#include "kernels/core/device_info.h"
#include "kernels/core/parallel.h"
#include "tools/health.h"
#include "trainer/report/number_text.h"

#include <fmt/format.h>
#include <hwy/highway.h>
#include <hwy/targets.h>
#include <sched.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <thread>

namespace kindred {

namespace fs = std::filesystem;

namespace {

// The value of the first line of /proc/cpuinfo that begins with `key`.
std::string cpuinfo(std::string_view key) {
  std::ifstream stream("/proc/cpuinfo");
  for (std::string line; std::getline(stream, line);) {
    const std::size_t colon = line.find(':');
    if (line.starts_with(key) && colon != std::string::npos)
      return colon + 2 < line.size() ? line.substr(colon + 2) : "";
  }
  return "";
}

std::optional<std::int64_t> number_in(const char* file) {
  std::ifstream stream(file);
  std::int64_t number = 0;
  return stream >> number ? std::optional(number) : std::nullopt;
}

// CPUs by the cgroup's quota, such as 1.5; nothing where there is none.
std::optional<double> cpu_quota() {
  std::ifstream stream("/sys/fs/cgroup/cpu.max");  // "max 100000" or "quota period"
  std::string quota;
  double period = 0.0;
  if (!(stream >> quota >> period) || quota == "max" || period <= 0.0) return std::nullopt;
  return std::atof(quota.c_str()) / period;
}

// How often the cgroup was made to wait for its quota.
std::int64_t throttled_periods() {
  std::ifstream stream("/sys/fs/cgroup/cpu.stat");
  std::string key;
  for (std::int64_t value = 0; stream >> key >> value;) {
    if (key == "nr_throttled") return value;
  }
  return 0;
}

int numa_nodes() {
  int nodes = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/sys/devices/system/node", error)) {
    const std::string name = entry.path().filename().string();
    nodes += name.starts_with("node") && name.size() > 4 && name[4] >= '0' && name[4] <= '9' ? 1 : 0;
  }
  return nodes;
}

void check_thread_variables(int cpus, Findings& findings) {
  if (const char* text = std::getenv("KINDRED_THREADS")) {
    const int wanted = std::atoi(text);
    Finding finding{.group = "threads", .name = "KINDRED_THREADS", .value = text};
    if (wanted < 1) {
      finding.health = Health::warning;
      finding.advice = "is not a number of threads and has no effect; expected 1 or more";
    } else if (wanted > cpus) {
      finding.health = Health::warning;
      finding.advice = fmt::format(
          "is more than the {} CPUs of this process: threads will wait for one another; unset it, or set {}", cpus,
          cpus);
    }
    findings.push_back(std::move(finding));
  }
  for (const char* name : {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "MKL_NUM_THREADS"}) {
    const char* text = std::getenv(name);
    if (text == nullptr) continue;
    findings.push_back({.group = "threads",
                        .name = name,
                        .value = text,
                        .health = Health::note,
                        .advice = "has no effect on training: Kindred calls BLAS with one thread from its own threads, "
                                  "whose number `threads` or KINDRED_THREADS sets"});
  }
  for (const char* name : {"OMP_PROC_BIND", "GOMP_CPU_AFFINITY", "KMP_AFFINITY"}) {
    const char* text = std::getenv(name);
    if (text == nullptr) continue;
    findings.push_back(
        {.group = "threads",
         .name = name,
         .value = text,
         .health = Health::warning,
         .advice = "may bind this process to few CPUs when an OpenMP library starts; unset it for Kindred"});
  }
}

// The folder itself, or the nearest one above that exists.
fs::path existing_folder(const fs::path& folder) {
  std::error_code error;
  fs::path at = fs::absolute(folder, error);
  while (!fs::exists(at, error) && at.has_relative_path()) at = at.parent_path();
  return at;
}

}  // namespace

void check_cpu(Findings& findings) {
  const std::string name = cpuinfo("model name");
  findings.push_back({.group = "cpu", .name = "name", .value = name.empty() ? "unknown" : name});
  findings.push_back({.group = "cpu",
                      .name = "CPUs",
                      .value = fmt::format("{}, {} NUMA node{}", std::thread::hardware_concurrency(),
                                           std::max(numa_nodes(), 1), numa_nodes() > 1 ? "s" : "")});
  if (numa_nodes() > 1) {
    findings.back().health = Health::note;
    findings.back().advice =
        "memory of another node is slower: `numactl --interleave=all kindred ...` spreads it evenly";
  }
  const std::string flags = " " + cpuinfo("flags") + " ";
  std::string found;
  for (const char* set : {"sse4_2", "avx", "f16c", "fma", "avx2", "avx512f", "avx512bw", "avx512_vnni", "avx512_bf16",
                          "avx512_fp16", "amx_bf16"}) {
    if (flags.find(fmt::format(" {} ", set)) != std::string::npos)
      found += fmt::format("{}{}", found.empty() ? "" : " ", set);
  }
  findings.push_back({.group = "cpu", .name = "instruction sets", .value = found.empty() ? "unknown" : found});
  // The lowest bit is the best target that this CPU has.
  const std::int64_t targets = hwy::SupportedTargets();
  const std::int64_t best = targets & -targets;
  Finding target{.group = "cpu", .name = "kernels run with", .value = hwy::TargetName(best)};
  if ((targets & (HWY_AVX2 | HWY_AVX3)) == 0) {
    target.health = Health::warning;
    target.advice =
        "without AVX2 training is several times slower than it could be; a virtual machine may hide it "
        "(choose the host's CPU type)";
  }
  findings.push_back(std::move(target));
  std::array<double, 1> load{};
  const int cpus = static_cast<int>(std::thread::hardware_concurrency());
  if (getloadavg(load.data(), 1) == 1) {
    Finding finding{.group = "cpu", .name = "load", .value = fmt::format("{:.2f} in the last minute", load[0])};
    if (load[0] > 0.5 * cpus && cpus > 0) {
      finding.health = Health::warning;
      finding.advice = fmt::format("other programs use these {} CPUs: times measured now are too long", cpus);
    }
    findings.push_back(std::move(finding));
  }
}

void check_memory(Findings& findings) {
  struct sysinfo info {};
  sysinfo(&info);
  const double total = static_cast<double>(info.totalram) * info.mem_unit;
  const auto available = static_cast<double>(available_memory_bytes());
  findings.push_back({.group = "memory", .name = "in this machine", .value = bytes_text(total)});
  Finding finding{.group = "memory", .name = "available", .value = bytes_text(available)};
  if (available < 0x1p30) {
    finding.health = Health::problem;
    finding.advice = "less than 1 GiB: runs will fail or be killed; end other programs or raise the limit";
  } else if (available < 0.1 * total) {
    finding.health = Health::warning;
    finding.advice = "little of the machine's memory is left: other programs hold it, or a limit of the cgroup";
  }
  findings.push_back(std::move(finding));
  if (const auto limit = number_in("/sys/fs/cgroup/memory.max")) {
    findings.push_back(
        {.group = "memory",
         .name = "limit of the cgroup",
         .value = bytes_text(static_cast<double>(*limit)),
         .health = Health::note,
         .advice = "a run that needs more is killed without a word: `kindred train --plan` tells what a run takes"});
  }
  std::ifstream stream("/sys/kernel/mm/transparent_hugepage/enabled");
  std::string line;
  if (std::getline(stream, line) && line.find("[never]") != std::string::npos) {
    findings.push_back({.group = "memory",
                        .name = "huge pages",
                        .value = "never",
                        .health = Health::warning,
                        .advice = "large factors are faster with them: echo madvise > "
                                  "/sys/kernel/mm/transparent_hugepage/enabled"});
  }
}

void check_threads(const Config& config, Findings& findings) {
  cpu_set_t set;
  const int cpus = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
  const int machine = static_cast<int>(std::thread::hardware_concurrency());
  const int threads = config.threads > 0 ? static_cast<int>(config.threads) : available_threads();
  const std::optional<double> quota = cpu_quota();
  std::string why = fmt::format("all {} CPUs that this process may use", cpus);
  if (config.threads > 0) {
    why = "key `threads`";
  } else if (std::getenv("KINDRED_THREADS") != nullptr && threads == std::atoi(std::getenv("KINDRED_THREADS"))) {
    why = "KINDRED_THREADS";
  } else if (quota && *quota < cpus) {
    why = fmt::format("the cgroup's quota of {:.2g} CPUs", *quota);
  }
  Finding taken{.group = "threads", .name = "of a run", .value = fmt::format("{} ({})", threads, why)};
  if (threads > cpus) {
    taken.health = Health::warning;
    taken.advice = fmt::format("more threads than the {} CPUs of this process: they wait for one another", cpus);
  }
  findings.push_back(std::move(taken));
  if (machine > 0 && cpus < machine) {
    findings.push_back({.group = "threads",
                        .name = "affinity",
                        .value = fmt::format("{} of {} CPUs", cpus, machine),
                        .health = Health::note,
                        .advice = "taskset, a batch system or a container keeps this process to these"});
  }
  if (quota) {
    Finding finding{.group = "threads", .name = "quota of the cgroup", .value = fmt::format("{:.2f} CPUs", *quota)};
    const std::int64_t throttled = throttled_periods();
    if (*quota < 1.0) {
      finding.health = Health::warning;
      finding.advice = "less than one CPU: everything waits; raise cpu.max";
    } else if (throttled > 0) {
      finding.health = Health::note;
      finding.advice = fmt::format("the cgroup was made to wait {} times so far", throttled);
    }
    findings.push_back(std::move(finding));
  }
  check_thread_variables(cpus, findings);
}

void check_disk(const Config& config, Findings& findings) {
  const std::pair<const char*, std::string> places[] = {{"run.output", config.run.output},
                                                        {"data.prepared", config.data.prepared}};
  for (const auto& [key, folder] : places) {
    const fs::path place = existing_folder(folder);
    std::error_code error;
    const fs::space_info space = fs::space(place, error);
    Finding finding{.group = "disk",
                    .name = key,
                    .value = error ? error.message()
                                   : fmt::format("{} free at {}", bytes_text(static_cast<double>(space.available)),
                                                 (place / "").string())};
    if (access(place.c_str(), W_OK) != 0) {
      finding.health = Health::problem;
      finding.advice = "cannot be written by this user";
    } else if (!error && space.available < (std::uintmax_t{1} << 30)) {
      finding.health = Health::problem;
      finding.advice = "less than 1 GiB: prepared data and checkpoints will not fit";
    } else if (!error && space.available < (std::uintmax_t{10} << 30)) {
      finding.health = Health::warning;
      finding.advice = "less than 10 GiB: enough for small data only";
    }
    findings.push_back(std::move(finding));
  }
}

}  // namespace kindred
