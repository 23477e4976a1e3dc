// SPDX-License-Identifier: Apache-2.0
// TREC files, so that trec_eval, ir_measures or ranx can confirm the numbers.
//     run:    user Q0 item place score tag       qrels:  user 0 item gain
// Users and items by external id; an id with white space or an empty one is Error(data), the format has no quoting.
// The score column is k + 1 - place: those programs sort by it and break ties in their own way, which would not be
// Kindred's. gain is 1, or with graded gain the target's weight (an Error(data) if it is not a whole number).
#pragma once

#include "trainer/data/dataset.h"
#include "trainer/eval/evaluation_result.h"

#include <filesystem>
#include <string_view>

namespace kindred {

// `result` must hold its lists (EvaluatorOptions::keep_lists). Files are replaced.
void write_trec_run(const std::filesystem::path& file, const EvaluationResult& result, const IdDictionary& users,
                    const IdDictionary& items, std::string_view tag);
void write_trec_qrels(const std::filesystem::path& file, const EvaluationPart& part, const IdDictionary& users,
                      const IdDictionary& items, bool graded_gain = false);

}  // namespace kindred
