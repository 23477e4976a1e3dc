// SPDX-License-Identifier: Apache-2.0
// A table of broken configurations: for each, every line of the message, with its place.
#include "trainer/config/load.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace kindred {
namespace {

namespace fs = std::filesystem;

struct Broken {
  std::string name;
  std::string yaml;
  std::vector<std::string> expected;  // one fragment a problem, in order; "@" is the file
  std::vector<std::string> overrides = {};
};

void PrintTo(const Broken& broken, std::ostream* stream) { *stream << broken.name; }

class BrokenConfig : public testing::TestWithParam<Broken> {};

fs::path scratch_folder() {
  std::string name = testing::UnitTest::GetInstance()->current_test_info()->test_suite_name();
  name += testing::UnitTest::GetInstance()->current_test_info()->name();
  std::replace(name.begin(), name.end(), '/', '_');
  const fs::path folder = fs::path(testing::TempDir()) / ("kindred_" + name);
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder;
}

TEST_P(BrokenConfig, TellsEverything) {
  ::unsetenv("KINDRED_TEST_UNSET");
  ::setenv("KINDRED_TEST_NESTED", "a${KINDRED_TEST_UNSET}", 1);
  const Broken& broken = GetParam();
  const fs::path file = scratch_folder() / "broken.yaml";
  std::ofstream(file, std::ios::binary) << broken.yaml;
  const std::vector<std::string> files = {file.string()};
  try {
    load_config(files, broken.overrides);
    FAIL() << "loaded";
  } catch (const ConfigError& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    const std::vector<Problem>& problems = error.problems();
    EXPECT_EQ(problems.size(), broken.expected.size()) << error.what();
    for (std::size_t i = 0; i < std::min(problems.size(), broken.expected.size()); ++i) {
      std::string expected = broken.expected[i];
      if (expected.starts_with("@")) expected = file.string() + expected.substr(1);
      const std::string text = problems[i].text();
      EXPECT_TRUE(text.find(expected) != std::string::npos) << "expected " << expected << "\n     got " << text;
    }
  }
}

// A configuration that is right but for what is added: "." exists everywhere.
std::string with_data(const std::string& yaml) { return "data: {path: .}\n" + yaml; }

const std::vector<Broken> kSyntax = {
    {"empty", "", {"@:1:1: is empty; expected keys and values"}},
    {"only_comments", "# nothing\n\n", {"@:1:1: is empty"}},
    {"null_document", "~\n", {"@:1:1: is empty"}},
    {"scalar_document", "hello\n", {"@:1:1: is 'hello'; expected keys and values"}},
    {"list_document", "- data\n- model\n", {"@:1:1: is a list; expected keys and values"}},
    {"unclosed_map", "data: {path: .\n", {"@:2:1: "}},
    {"unclosed_quote", "data: {path: \"a}\n", {"@:"}},
    {"tab_indentation", "data:\n\tpath: .\n", {"@:2:"}},
    {"bad_indentation", "data:\n    path: .\n  format: table\n", {"@:3:"}},
    {"nul_byte", std::string("data:\0 x", 8), {"@:1:6: byte 0x00 is not text; expected a YAML file in UTF-8"}},
    {"binary",
     "\x7f"
     "ELF\x02\x01",
     {"@:1:1: byte 0x7F is not text"}},
    {"latin1", "data: {path: caf\xe9}\n", {"@:1:17: byte 0xE9 is not text"}},
    {"overlong_utf8", "a: \xc0\xaf\n", {"@:1:4: byte 0xC0 is not text"}},
    {"surrogate", "a: \xed\xa0\x80\n", {"@:1:4: byte 0xED is not text"}},
    {"second_document", with_data("---\ndata: {path: .}\n"), {"@:2:1: a second document begins"}},
    {"alias", "run: &a {name: x}\ndata: *a\n", {"@:1:6: anchors and aliases are not supported"}},
    {"anchor_bomb", "a: &a [x, x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n", {"@:1:4: anchors and aliases"}},
    {"tag", "run: {name: !!str x}\n", {"@:1:13: the tag tag:yaml.org,2002:str is not supported"}},
    {"deep", "a: " + std::string(50, '[') + std::string(50, ']'), {"@:1:19: nested deeper than 16 levels"}},
    {"deep_and_open", std::string(5000, '['), {"@:1:"}},
    {"deep_maps", "a: " + std::string(100, '{'), {"@:1:"}},
    {"list_as_key", "[a, b]: 1\n", {"@:1:"}},
    {"null_key", "~: 1\n", {"@:1:1: a key is empty or null"}},
    {"unquoted_variable_in_flow", "data: {path: ${HOME}/x}\n", {"expected quotes around a value with ${...}"}},
    {"duplicate_section", "data: {path: .}\ndata: {path: .}\n", {"@:2:1: data: duplicate key (first in line 1)"}},
    {"duplicate_key",
     with_data("model:\n  factors: 3\n  factors: 4\n"),
     {"@:4:3: model.factors: duplicate key (first in line 3); expected it once"}},
    {"duplicate_in_map",
     "data: {path: ., columns: {event: e}, event_weights: {a: 1, a: 2}}\n",
     {"@:1:60: data.event_weights.a: duplicate key"}},
};

const std::vector<Broken> kKeys = {
    {"unknown_section",
     with_data("modle: {type: als}\n"),
     {"@:2:1: modle: unknown key; expected one of device, threads, run, data, split, model, evaluation, "
      "early_stopping, checkpoint, export, logging; did you mean 'model'?"}},
    {"item_names_columns",
     "data:\n  path: .\n  item_names: {path: README.md, header: false, id: 0, name: title}\n",
     {"@:3:55: data.item_names.name: 'title' is a name, but data.item_names.header is false; expected a 0-based "
      "position"}},
    {"item_names_same_column",
     "data:\n  path: .\n  item_names: {path: README.md, id: item, name: item}\n",
     {"@:3:43: data.item_names.name: 'item' is also data.item_names.id; expected another column"}},
    {"item_names_without_path",
     "data: {path: ., item_names: {name: title}}\n",
     {"data.item_names.name: is not used with data.item_names.path empty; expected it only with data.item_names.path"}},
    {"item_names_missing_file",
     "data: {path: ., item_names: {path: nowhere.csv}}\n",
     {"data.item_names.path: no such file: 'nowhere.csv'"}},
    {"prometheus_file",
     with_data("logging: {prometheus: kindred.txt}\n"),
     {"@:2:23: logging.prometheus: is 'kindred.txt'; expected a file whose name ends in .prom"}},
    {"unknown_key",
     with_data("model:\n  factr: 3\n"),
     {"@:3:3: model.factr: unknown key; expected one of type, factors, "}},
    {"unknown_key_suggestion", with_data("split: {protcol: random}\n"), {"did you mean 'split.protocol'?"}},
    {"wrong_section", with_data("model: {min_weight: 3}\n"), {"did you mean 'data.filter.min_weight'?"}},
    {"misspelt_path_told_once", "data: {pth: .}\n", {"@:1:8: data.pth: unknown key"}},
    {"misspelt_data_told_once", "dta: {path: .}\n", {"@:1:1: dta: unknown key"}},
    {"merge_key", with_data("model: {<<: 3}\n"), {"@:2:9: model.<<: unknown key"}},
    {"list_for_section", with_data("model: [als]\n"), {"@:2:8: model: is a list; expected a map of keys such as type"}},
    {"nothing_for_section", with_data("model:\nsplit: {seed: 1}\n"), {"model: is no value; expected a map of keys"}},
    {"scalar_for_section",
     with_data("split: random\n"),
     {"@:2:8: split: is 'random'; expected a map of keys such as protocol"}},
    {"no_path", "run: {name: x}\n", {"@:1:1: data.path: missing; expected a file, folder or glob"}},
    {"key_of_other_model",
     with_data("model: {type: ease, factors: 3}\n"),
     {"@:2:21: model.factors: is not used with model.type: ease; expected it only with model.type: als"}},
    {"key_of_default_model",
     with_data("model: {neighbours: 3}\n"),
     {"@:2:9: model.neighbours: is not used with model.type: als; expected it only with model.type: item_knn"}},
    {"key_of_other_solver",
     with_data("model: {solver: primal, cg_steps: 3}\n"),
     {"model.cg_steps: is not used with model.solver: primal; expected it only with model.solver: auto or pcg"}},
    {"bm25_for_cosine",
     with_data("model: {type: item_knn, bm25_b: 0.5}\n"),
     {"model.bm25_b: is not used with model.weighting: cosine"}},
    {"file_for_random",
     with_data("split: {protocol: random, test: .}\n"),
     {"split.test: is not used with split.protocol: random; expected it only with split.protocol: given"}},
    {"users_for_random",
     with_data("split: {test_users: 5}\n"),
     {"split.test_users: is not used with split.protocol: random"}},
    {"ratio_beside_users",
     with_data("split: {protocol: held_out_users, test_users: 5, test_ratio: 0.1}\n"),
     {"split.test_ratio: is not used with split.test_users: 5"}},
    {"columns_for_lists",
     "data: {path: ., format: lists, columns: {user: 0}}\n",
     {"data.columns.user: is not used with data.format: lists; expected it only with data.format: table"}},
    {"separator_for_lists",
     "data: {path: ., format: lists, separator: ;}\n",
     {"data.separator: is not used with data.format: lists"}},
    {"weights_without_event",
     "data: {path: ., event_weights: {view: 1}}\n",
     {"data.event_weights: is not used with data.columns.event empty"}},
    {"patience_without_metric",
     with_data("early_stopping: {patience: 3}\n"),
     {"early_stopping.patience: is not used with early_stopping.metric empty"}},
    {"epsilon_without_log",
     "data: {path: ., confidence: {epsilon: 2}}\n",
     {"data.confidence.epsilon: is not used with data.confidence.transform: linear"}},
    {"misspelt_choice_told_once",
     with_data("split: {protocol: gvien, test: .}\n"),
     {"@:2:19: split.protocol: is 'gvien'; expected one of none, given, leave_one_out, global_temporal, "
      "held_out_users, random; did you mean 'given'?"}},
};

const std::vector<Broken> kValues = {
    {"text_for_integer",
     with_data("model: {factors: many}\n"),
     {"@:2:18: model.factors: is 'many'; expected a whole number >= 1 and <= 8192"}},
    {"quoted_integer",
     with_data("model: {factors: \"64\"}\n"),
     {"model.factors: is the text \"64\"; expected a whole number"}},
    {"fraction_for_integer", with_data("model: {factors: 64.5}\n"), {"is '64.5'; expected a whole number"}},
    {"exponent_for_integer", with_data("model: {factors: 1e2}\n"), {"is '1e2'; expected a whole number"}},
    {"octal", with_data("model: {factors: 010}\n"), {"without leading zeros"}},
    {"hexadecimal", with_data("model: {factors: 0x10}\n"), {"is '0x10'; expected a whole number"}},
    {"too_many_factors",
     with_data("model: {factors: 8193}\n"),
     {"model.factors: 8193 is out of range; expected a whole number >= 1 and <= 8192"}},
    {"no_factors", with_data("model: {factors: 0}\n"), {"model.factors: 0 is out of range"}},
    {"two_to_the_63",
     "data: {path: ., max_bad_rows: 9223372036854775808}\n",
     {"data.max_bad_rows: 9223372036854775808 is out of range"}},
    {"two_to_the_64",
     with_data("run: {seed: 18446744073709551616}\n"),
     {"run.seed: 18446744073709551616 is out of range; expected a whole number >= 0"}},
    {"negative_seed", with_data("run: {seed: -1}\n"), {"run.seed: -1 is out of range; expected a whole number >= 0"}},
    {"list_for_integer",
     with_data("model: {factors: [1, 2]}\n"),
     {"@:2:18: model.factors: is a list; expected a whole number"}},
    {"map_for_number",
     with_data("model: {regularization: {a: 1}}\n"),
     {"model.regularization: is a map; expected a number"}},
    {"nothing_for_number",
     with_data("model:\n  regularization:\n"),
     {"model.regularization: is no value; expected a number > 0"}},
    {"huge_number", with_data("model: {regularization: 1e999}\n"), {"'1e999' is not a finite double-precision number"}},
    {"nan", with_data("model: {regularization: nan}\n"), {"model.regularization: 'nan' is not a finite"}},
    {"yaml_infinity",
     with_data("model: {regularization: .inf}\n"),
     {"model.regularization: is '.inf'; expected a number"}},
    {"negative_regularization",
     with_data("model: {regularization: -0.1}\n"),
     {"-0.1 is out of range; expected a number > 0 and <= 1000000000"}},
    {"open_bound",
     with_data("split: {test_ratio: 1.0}\n"),
     {"split.test_ratio: 1.0 is out of range; expected a number > 0 and < 1"}},
    {"yes",
     "data: {path: ., binarize: yes}\n",
     {"data.binarize: is 'yes'; expected true or false; did you mean 'true'?"}},
    {"number_for_bool",
     "data: {path: ., binarize: 0}\n",
     {"data.binarize: is '0'; expected true or false; did you mean 'false'?"}},
    {"quoted_bool",
     "data: {path: ., binarize: \"true\"}\n",
     {"data.binarize: is the text \"true\"; expected true or false"}},
    {"bool_for_text", with_data("run: {name: true}\n"), {"run.name: is 'true'; expected a name of letters"}},
    {"null_for_text", with_data("run: {name: null}\n"), {"run.name: is no value; expected a name"}},
    {"path_as_name", with_data("run: {name: a/b}\n"), {"run.name: is 'a/b'; expected a name of letters, digits"}},
    {"parent_as_name", with_data("run: {name: ..}\n"), {"run.name: is '..'; expected a name"}},
    {"empty_output",
     with_data("run: {output: \"\"}\n"),
     {"run.output: is the text \"\"; expected text that is not empty"}},
    {"line_break_in_text", with_data("run: {output: \"a\\nb\"}\n"), {"holds a line break or NUL"}},
    {"nul_in_path", "data: {path: \"a\\0b\"}\n", {"data.path: the text \"a\\x00b\" holds a line break or NUL"}},
    {"scalar_for_list",
     with_data("evaluation: {metrics: recall@20}\n"),
     {"evaluation.metrics: is 'recall@20'; expected a list, each a metric"}},
    {"map_in_list",
     with_data("evaluation: {metrics: [{recall: 20}]}\n"),
     {"evaluation.metrics: is a map; expected a list"}},
    {"list_for_map",
     "data: {path: ., columns: {event: e}, event_weights: [1]}\n",
     {"data.event_weights: is a list; expected a map of names and numbers"}},
    {"text_in_map",
     "data: {path: ., columns: {event: e}, event_weights: {view: one}}\n",
     {"@:1:60: data.event_weights: is 'one'; expected a map of names and numbers >= 0"}},
    {"negative_in_map",
     "data: {path: ., columns: {event: e}, event_weights: {view: -1}}\n",
     {"data.event_weights: -1 is out of range"}},
    {"unknown_metric",
     with_data("evaluation: {metrics: [ndcg@20, recal@20]}\n"),
     {"@:2:33: evaluation.metrics: unknown metric 'recal'; expected one of hit_rate, precision, "}},
    {"metric_without_cut", with_data("evaluation: {metrics: [ndcg]}\n"), {"'ndcg' lacks its cut; expected 'ndcg@k'"}},
    {"metric_zero_cut",
     with_data("evaluation: {metrics: [ndcg@0]}\n"),
     {"has the cut '0'; expected a whole number from 1"}},
    {"unknown_baseline",
     with_data("evaluation: {baselines: [popularty]}\n"),
     {"is 'popularty'; expected one of popularity, item_knn, ease; did you mean 'popularity'?"}},
    {"unknown_device",
     with_data("device: gpu\n"),
     {"@:2:9: device: is 'gpu'; expected auto, cpu, cuda or cuda:N; did you mean 'cpu'?"}},
    {"device_number", with_data("device: cuda:x\n"), {"device: is 'cuda:x'"}},
    {"bad_time",
     "data: {path: ., columns: {timestamp: t}, filter: {time_from: 2011-02-30}}\n",
     {"data.filter.time_from: is '2011-02-30'; expected a time such as 2011-12-01"}},
    {"unset_variable",
     "data: {path: \"${KINDRED_TEST_UNSET}/x\"}\n",
     {"@:1:14: data.path: the environment variable KINDRED_TEST_UNSET is not set; expected it for "
      "${KINDRED_TEST_UNSET}"}},
    {"nested_variable",
     "data: {path: \"${KINDRED_TEST_NESTED}\"}\n",
     {"the environment variable KINDRED_TEST_NESTED contains '${'"}},
    {"open_variable", "data: {path: \"${HOME\"}\n", {"'${HOME' lacks its closing brace"}},
    {"bad_variable", "data: {path: \"${A-b}\"}\n", {"'${A-b}' does not name an environment variable"}},
    {"variable_for_number", with_data("model: {factors: \"${HOME}\"}\n"), {"expands in text only"}},
};

const std::vector<Broken> kContradictions = {
    {"missing_file",
     "data: {path: no/such/file.csv}\n",
     {"@:1:8: data.path: no such file: 'no/such/file.csv'; expected a file, folder or glob"}},
    {"glob_without_match", "data: {path: \"no_such_*.csv\"}\n", {"data.path: nothing matches 'no_such_*.csv'"}},
    {"two_missing_files", "data: {path: [no_1.csv, ., no_2.csv]}\n", {"'no_1.csv'", "'no_2.csv'"}},
    {"missing_test_file",
     with_data("split: {protocol: given, test: no.txt}\n"),
     {"@:2:26: split.test: no such file: 'no.txt'"}},
    {"test_file_is_folder",
     with_data("split: {protocol: given, test: .}\n"),
     {"split.test: '.' is a folder; expected a file"}},
    {"missing_key_file",
     "data: {path: ., pseudonymize: {key_file: no.key}}\n",
     {"data.pseudonymize.key_file: no such file: 'no.key'"}},
    {"given_without_test",
     with_data("split: {protocol: given}\n"),
     {"@:2:9: split.test: missing; expected a file, as split.protocol is given"}},
    {"temporal_without_column",
     with_data("split: {protocol: global_temporal, test_time: 2020-01-01}\n"),
     {"@:2:9: split.protocol: global_temporal needs times; expected data.columns.timestamp"}},
    {"temporal_without_time",
     "data: {path: ., columns: {timestamp: t}}\nsplit: {protocol: global_temporal}\n",
     {"@:2:9: split.test_time: missing; expected a time"}},
    {"temporal_order",
     "data: {path: ., columns: {timestamp: t}}\nsplit: {protocol: global_temporal, test_time: 2020-01-01, "
     "validation_time: 2020-06-01}\n",
     {"split.validation_time: 2020-06-01 is not before split.test_time: 2020-01-01"}},
    {"leave_one_out_without_order",
     with_data("split: {protocol: leave_one_out}\n"),
     {"split.protocol: leave_one_out needs the order in time"}},
    {"nothing_left",
     with_data("split: {test_ratio: 0.6, validation_ratio: 0.4}\n"),
     {"split.test_ratio: 0.6 and split.validation_ratio: 0.4 leave nothing to train on"}},
    {"name_without_header",
     "data: {path: ., header: false, columns: {user: 0}}\n",
     {"data.columns.item: 'item' is a name, but data.header is false; expected a 0-based position"}},
    {"one_column_twice",
     "data: {path: ., columns: {user: a, item: a}}\n",
     {"data.columns.item: 'a' is also data.columns.user"}},
    {"no_user_column", "data: {path: ., columns: {user: \"\"}}\n", {"data.columns.user: is empty; expected a column"}},
    {"binarize_and_alpha",
     "data: {path: ., binarize: true, confidence: {alpha: 40}}\n",
     {"data.confidence.alpha: contradicts data.binarize"}},
    {"binarize_and_log",
     "data: {path: ., binarize: true, confidence: {transform: log}}\n",
     {"data.confidence.transform: contradicts data.binarize"}},
    {"binarize_and_weights",
     "data: {path: ., binarize: true, columns: {event: e}, event_weights: {view: 1}}\n",
     {"data.event_weights: contradicts data.binarize"}},
    {"events_without_column",
     "data: {path: ., filter: {events: [view]}}\n",
     {"data.filter.events: needs data.columns.event"}},
    {"kept_kind_without_weight",
     "data: {path: ., columns: {event: e}, event_weights: {view: 1}, filter: {events: [buy]}}\n",
     {"data.event_weights: has no weight for 'buy'"}},
    {"min_weight_without_column",
     "data: {path: ., filter: {min_weight: 3}}\n",
     {"data.filter.min_weight: needs data.columns.weight"}},
    {"decay_without_times",
     "data: {path: ., confidence: {half_life_days: 3}}\n",
     {"data.confidence.half_life_days: needs data.columns.timestamp"}},
    {"popularity_decay_without_times",
     with_data("model: {type: popularity, half_life_days: 3}\n"),
     {"@:2:27: model.half_life_days: needs data.columns.timestamp"}},
    {"time_filter_for_lists",
     "data: {path: ., format: lists, filter: {time_to: 5}}\n",
     {"data.filter.time_to: needs data.columns.timestamp; expected that column, with data.format: table"}},
    {"time_range",
     "data: {path: ., columns: {timestamp: t}, filter: {time_from: 10, time_to: 9}}\n",
     {"data.filter.time_from: 10 is not before data.filter.time_to: 9"}},
    {"user_events",
     "data: {path: ., filter: {min_user_events: 5, max_user_events: 4}}\n",
     {"data.filter.max_user_events: 4 is below data.filter.min_user_events: 5"}},
    {"no_metrics",
     with_data("evaluation: {metrics: []}\n"),
     {"evaluation.metrics: is empty; expected at least one metric"}},
    {"metric_twice", with_data("evaluation: {metrics: [auc, ndcg@5, auc]}\n"), {"evaluation.metrics: names auc twice"}},
    {"early_stopping_without_validation",
     with_data("evaluation: {every: 1}\nearly_stopping: {metric: ndcg@20}\n"),
     {"@:3:18: early_stopping.metric: there is no validation part; expected one by split.validation_ratio"}},
    {"early_stopping_without_evaluation",
     with_data("split: {validation_ratio: 0.1}\nearly_stopping: {metric: ndcg@20}\n"),
     {"nothing is evaluated while training; expected evaluation.every of at least 1"}},
    {"every_without_validation",
     with_data("evaluation: {every: 2}\n"),
     {"evaluation.every: there is no validation part"}},
    {"base_missing", "base: no_such.yaml\n", {"@:1:7: base: "}},
    {"base_itself", "base: broken.yaml\n", {"@:1:7: base: the files name each other in a circle: "}},
    {"base_a_list", "base: [a.yaml]\n" + with_data(""), {"@:1:7: base: is a list; expected the path of another file"}},
    {"base_a_folder", "base: .\n", {"base: "}},
    {"several",
     "run: {nme: x}\ndata: {path: no.csv}\nmodel: {factors: -1, regularization: x}\nevaluation: {metrics: [foo@3]}\n",
     {"@:1:7: run.nme", "@:2:8: data.path", "@:3:18: model.factors", "@:3:38: model.regularization",
      "@:4:24: evaluation.metrics"}},
};

const std::vector<Broken> kOverrides = {
    {"no_equals", with_data(""), {"--set 1: 'model.factors' sets nothing; expected key=value"}, {"model.factors"}},
    {"no_key", with_data(""), {"--set 1: '=3' sets nothing"}, {"=3"}},
    {"unknown_key", with_data(""), {"--set 2: model.factr: unknown key"}, {"run.seed=1", "model.factr=3"}},
    {"unknown_section",
     with_data(""),
     {"--set 1: modle.factors: unknown key; expected a key of the configuration; did you mean 'model.factors'?"},
     {"modle.factors=3"}},
    {"unknown_top", with_data(""), {"--set 1: devise: unknown key; expected one of device, "}, {"devise=cpu"}},
    {"section",
     with_data(""),
     {"--set 1: model: is a section; expected a key in it, such as model.type"},
     {"model=als"}},
    {"below_a_key", with_data(""), {"--set 1: model.factors.x: unknown key"}, {"model.factors.x=3"}},
    {"base", with_data(""), {"--set 1: base: unknown key"}, {"base=x.yaml"}},
    {"range", with_data(""), {"--set 1: model.factors: 0 is out of range"}, {"model.factors=0"}},
    {"type", with_data(""), {"--set 1: model.factors: is 'x'; expected a whole number"}, {"model.factors=x"}},
    {"syntax", with_data(""), {"--set 1: "}, {"evaluation.metrics=[a"}},
    {"nothing", with_data(""), {"--set 1: model.factors: is ''; expected a whole number"}, {"model.factors="}},
    {"null", with_data(""), {"--set 1: model.factors: is no value"}, {"model.factors=null"}},
    {"other_model",
     with_data(""),
     {"--set 2: model.factors: is not used with model.type: ease"},
     {"model.type=ease", "model.factors=3"}},
    {"unknown_entry",
     "data: {path: ., columns: {event: e}, event_weights: {view: 1}}\n",
     {"--set 1: data.event_weights.viw: unknown key; expected one of view; did you mean 'view'?"},
     {"data.event_weights.viw=3"}},
};

std::string name_of(const testing::TestParamInfo<Broken>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Syntax, BrokenConfig, testing::ValuesIn(kSyntax), name_of);
INSTANTIATE_TEST_SUITE_P(Keys, BrokenConfig, testing::ValuesIn(kKeys), name_of);
INSTANTIATE_TEST_SUITE_P(Values, BrokenConfig, testing::ValuesIn(kValues), name_of);
INSTANTIATE_TEST_SUITE_P(Contradictions, BrokenConfig, testing::ValuesIn(kContradictions), name_of);
INSTANTIATE_TEST_SUITE_P(Overrides, BrokenConfig, testing::ValuesIn(kOverrides), name_of);

}  // namespace
}  // namespace kindred
