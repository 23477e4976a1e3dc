// SPDX-License-Identifier: Apache-2.0
// What `kindred doctor` finds out: facts of the machine, each with a judgement and, where something is wrong, what to
// do.
#pragma once

#include "trainer/config/config.h"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace kindred {

// note: worth knowing; warning: works, but slower or nearer to its limits than need be; problem: runs will fail.
enum class Health { ok, note, warning, problem };

struct Finding {
  std::string group;  // "cpu", "memory", "threads", "disk", "libraries", "devices", "speed", "choice"
  std::string name;
  std::string value;
  Health health = Health::ok;
  std::string advice = {};  // what it means and what to do; empty where all is well
};
using Findings = std::vector<Finding>;

void check_cpu(Findings& findings);
void check_memory(Findings& findings);
// Threads that a run takes, and settings from outside that hurt.
void check_threads(const Config& config, Findings& findings);
// Where the configuration writes.
void check_disk(const Config& config, Findings& findings);
void check_libraries(Findings& findings);
void check_devices(Findings& findings);
// The device that a run with this configuration takes, and why.
void check_choice(const Config& config, Findings& findings);
// Copies and matrix products, measured on the CPU and on each GPU; some seconds.
void measure_speed(const Config& config, Findings& findings);

int count_of(const Findings& findings, Health health);
std::string health_table(const Findings& findings);
nlohmann::ordered_json health_json(const Findings& findings);

}  // namespace kindred
