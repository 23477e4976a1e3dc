// SPDX-License-Identifier: Apache-2.0
// The sections of a run's report, each from what the run left; a section without anything to say is empty.
#pragma once

#include "trainer/data/dataset.h"
#include "trainer/report/markup.h"
#include "trainer/report/run_record.h"
#include "trainer/report/sample_users.h"

namespace kindred {

Markup heading_section(const RunRecord& run);    // name, status, the few numbers that matter
Markup setting_section(const RunRecord& run);    // what was trained on what: data, model, machine, configuration
Markup curves_section(const RunRecord& run);     // objective, validation, seconds
Markup metrics_section(const RunRecord& run);    // beside the baselines, with intervals and paired differences
Markup breakdown_section(const RunRecord& run);  // by user activity and item popularity
Markup lengths_section(const Dataset& data);     // histograms of popularity and of history length
Markup users_section(const SampleUsers& sample);
Markup export_section(const RunRecord& run);  // vectors, index, and its recall

}  // namespace kindred
