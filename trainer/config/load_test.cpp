// SPDX-License-Identifier: Apache-2.0
// Merging, origins, the way back to text, the shipped configurations, their reference and schema.
#include "trainer/config/load.h"

#include "trainer/config/environment.h"
#include "trainer/config/key_table.h"
#include "trainer/config/metric_name.h"
#include "trainer/config/reference.h"
#include "trainer/config/suggestion.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace kindred {
namespace {

namespace fs = std::filesystem;
using Texts = std::vector<std::string>;

std::string read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

class LoadConfig : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              ("kindred_load_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "inner");
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& yaml) {
    std::ofstream(folder_ / name, std::ios::binary) << yaml;
    return (folder_ / name).string();
  }
  LoadedConfig load(const std::string& yaml, const Texts& overrides = {}) {
    return load_config(Texts{write("one.yaml", yaml)}, overrides);
  }

  fs::path folder_;
};

TEST_F(LoadConfig, DefaultsStayWhereNothingIsWritten) {
  const Config config = load("data: {path: .}\n").config;
  EXPECT_EQ(config.run.seed, 42U);
  EXPECT_EQ(config.model.als.factors, 64);
  EXPECT_EQ(config.split.protocol, SplitProtocol::random);
  EXPECT_EQ(config.data.path, Texts{"."});
}

TEST_F(LoadConfig, ReadsEveryKindOfValue) {
  const Config config = load(R"(
run: {name: a.b-c_1, seed: 18446744073709551615}
device: cuda:1
data:
  path: [., .]
  separator: "\t"
  header: false
  columns: {user: 0, item: 1, weight: 2, timestamp: 3, event: 4}
  timestamp_unit: milliseconds
  event_weights: {view: 1, "add to cart": 2.5e-1}
  max_bad_rows: 1000000000000000
  filter: {min_weight: -.5, events: [view], time_from: 2011-12-01T08:26:00Z, time_to: 1400000000}
  confidence: {half_life_days: 30, negative_below: 2}
model: {type: item_knn, weighting: bm25, bm25_b: 0}
)")
                            .config;
  EXPECT_EQ(config.run.seed, UINT64_MAX);
  EXPECT_EQ(config.device, "cuda:1");
  EXPECT_EQ(config.data.path.size(), 2U);
  EXPECT_EQ(config.data.separator, "\t");
  EXPECT_EQ(config.data.header, false);
  EXPECT_EQ(config.data.columns.event, "4");
  EXPECT_EQ(config.data.timestamp_unit, TimestampUnit::milliseconds);
  EXPECT_EQ(config.data.event_weights.at("add to cart"), 0.25);
  EXPECT_EQ(config.data.filter.min_weight, -0.5);
  EXPECT_EQ(config.data.filter.time_to, "1400000000");
  EXPECT_EQ(config.data.confidence.half_life_days, 30.0);
  EXPECT_EQ(config.model.type, ModelType::item_knn);
  EXPECT_EQ(config.model.item_knn.bm25_b, 0.0);
}

TEST_F(LoadConfig, LaterWinsKeyByKeyAndOriginsTell) {
  write("base.yaml", "data: {path: .}\nmodel:\n  factors: 8\n  iterations: 9\nthreads: 1\n");
  const std::string middle = write("inner/middle.yaml", "base: ../base.yaml\nmodel: {factors: 16}\n");
  const std::string last = write("last.yaml", "threads: 2\nrun: {name: last}\n");
  const LoadedConfig loaded = load_config(Texts{middle, last}, Texts{"run.seed=7", "model.regularization=0.5"});
  EXPECT_EQ(loaded.config.model.als.factors, 16);
  EXPECT_EQ(loaded.config.model.als.iterations, 9);
  EXPECT_EQ(loaded.config.threads, 2);
  EXPECT_EQ(loaded.config.run.seed, 7U);
  EXPECT_EQ(loaded.origins.at("model.factors").origin(), middle + ":2");
  EXPECT_EQ(loaded.origins.at("model.iterations").origin(), (folder_ / "base.yaml").string() + ":4");
  EXPECT_EQ(loaded.origins.at("threads").text(), last + ":1:1");
  EXPECT_EQ(loaded.origins.at("model.regularization").origin(), "--set 2");
  EXPECT_FALSE(loaded.origins.contains("model.solver"));
}

TEST_F(LoadConfig, AChangedChoiceDropsInheritedKeysOfTheOldOne) {
  write("base.yaml",
        "data: {path: .}\nmodel: {type: als, regularization: 3, solver: pcg, cg_steps: 5}\n"
        "split: {protocol: held_out_users, test_users: 5, seed: 3}\n");
  const std::string file = write("twin.yaml", "base: base.yaml\nmodel: {type: ease}\nsplit: {protocol: random}\n");
  const LoadedConfig loaded = load_config(Texts{file});
  EXPECT_EQ(loaded.config.model.ease.regularization, EaseConfig().regularization) << "als's value leaked into ease";
  EXPECT_EQ(loaded.config.model.als.regularization, AlsConfig().regularization);
  EXPECT_EQ(loaded.config.split.test_users, 0);
  EXPECT_EQ(loaded.config.split.seed, 3U) << "a key of both protocols stays";
  const LoadedConfig solver = load_config(Texts{write("b.yaml", "base: base.yaml\n")}, Texts{"model.solver=primal"});
  EXPECT_EQ(solver.config.model.als.cg_steps, AlsConfig().cg_steps);
  EXPECT_EQ(solver.config.model.als.regularization, 3.0);
}

TEST_F(LoadConfig, OverridesTakeScalarsListsAndMapEntries) {
  const std::string yaml = "data: {path: ., columns: {event: e}, event_weights: {view: 1, buy: 5}}\n";
  const Config config = load(yaml, {"evaluation.metrics=[recall@5, auc]", "data.event_weights.buy=7",
                                    "data.separator=::", "data.filter.max_user_events=null",
                                    "data.filter.events=[\"view\"]", "run.name='x'"})
                            .config;
  EXPECT_EQ(config.evaluation.metrics, (Texts{"recall@5", "auc"}));
  EXPECT_EQ(config.data.event_weights, (std::map<std::string, double>{{"view", 1}, {"buy", 7}}));
  EXPECT_EQ(config.data.separator, "::");
  EXPECT_EQ(config.run.name, "x");
  EXPECT_EQ(load(yaml, {"data.event_weights={view: 2}"}).config.data.event_weights.size(), 1U);
  EXPECT_EQ(load(yaml, {"run.seed=1", "run.seed=2"}).config.run.seed, 2U);
}

TEST_F(LoadConfig, VariablesExpandOnceAndNothingElseDoes) {
  ::setenv("KINDRED_TEST_FOLDER", "$HOME/~", 1);
  const Config config = load("data: {path: .}\nrun: {output: \"a${KINDRED_TEST_FOLDER}b$HOME*\"}\n").config;
  EXPECT_EQ(config.run.output, "a$HOME/~b$HOME*");
}

TEST_F(LoadConfig, CirclesNameTheirChain) {
  const std::string a = write("a.yaml", "base: b.yaml\n");
  write("b.yaml", "base: inner/c.yaml\n");
  write("inner/c.yaml", "base: ../a.yaml\n");
  try {
    load_config(Texts{a});
    FAIL();
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("inner/c.yaml:1:7: base: the files name each other in a circle: "), std::string::npos) << text;
    EXPECT_NE(text.find("a.yaml -> "), std::string::npos);
  }
}

TEST_F(LoadConfig, FilesThatAreNotThereAndTooMany) {
  EXPECT_THROW(load_config(Texts{(folder_ / "none.yaml").string()}), ConfigError);
  EXPECT_THROW(load_config(Texts{folder_.string()}), ConfigError);
  std::string keys;
  for (int i = 0; i < 5000; ++i) keys += "wrong_" + std::to_string(i) + ": 1\n";
  try {
    load(keys);
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_EQ(error.problems().size(), 5001U);  // and data.path is missing
    EXPECT_NE(std::string(error.what()).find("and 4901 more"), std::string::npos);
  }
  EXPECT_THROW(load(std::string(2 << 20, '#')), ConfigError) << "larger than any configuration";
}

TEST_F(LoadConfig, TheResolvedDumpReadsBackAsTheSameConfig) {
  const Texts cases = {
      "data: {path: .}\n", "data: {path: [., .], format: lists}\nmodel: {type: ease, regularization: 0.1}\n",
      "data: {path: ., separator: \"\\t\", columns: {timestamp: \"t\\\"s #: \\x01é\", event: 'true'}, event_weights: "
      "{'a: b': 0.1, \"1\": 3}, header: true}\nsplit: {protocol: global_temporal, test_time: 2020-01-01}\n",
      "data: {path: .}\nmodel: {type: item_knn, weighting: bm25, shrinkage: 1e-7}\nsplit: {protocol: held_out_users, "
      "test_users: 3, validation_users: 2}\nevaluation: {every: 1}\nearly_stopping: {metric: auc, patience: 9}\n",
      "data: {path: .}\nmodel: {solver: subspace, block_size: 64, regularization: 0.30000000000000004}\nrun: {name: "
      "'12'}\n"};
  for (const std::string& yaml : cases) {
    const LoadedConfig first = load(yaml);
    const std::string dump = resolved_yaml(first);
    const LoadedConfig second = load(dump);
    EXPECT_EQ(differing_keys(first.config, second.config), Texts{}) << dump;
    EXPECT_EQ(config_hash(first.config), config_hash(second.config));
    // The same text but for the origins, which are now the dump's own lines.
    const auto without_comments = [](std::string text) {
      std::string result;
      for (std::size_t end = 0; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1)) {
        result += text.substr(0, std::min(end, text.rfind("  # ", end))) + "\n";
      }
      return result;
    };
    EXPECT_EQ(without_comments(resolved_yaml(second)), without_comments(dump));
  }
  EXPECT_NE(resolved_yaml(load("data: {path: .}\nthreads: 3\n")).find("threads: 3  # "), std::string::npos);
  const nlohmann::json json =
      nlohmann::json::parse(resolved_json(load("data: {path: .}\nthreads: 3\n", {"run.seed=1"})));
  EXPECT_EQ(json["config"]["threads"], 3);
  EXPECT_EQ(json["config"]["data"]["header"], nullptr);
  EXPECT_EQ(json["origins"]["run.seed"], "--set 1");
}

TEST_F(LoadConfig, HashesAndDifferences) {
  const Config a = load("data: {path: .}\nmodel: {factors: 64}\n").config;
  const Config same = load("# other words\nmodel:\n  type: als\ndata: {path: [.]}\n").config;
  Config b = a;
  b.model.als.factors = 65;
  b.split.protocol = SplitProtocol::none;
  EXPECT_EQ(config_hash(a), config_hash(same));
  EXPECT_NE(config_hash(a), config_hash(b));
  EXPECT_EQ(config_hash(a, "data"), config_hash(b, "data"));
  EXPECT_NE(config_hash(a, "split"), config_hash(b, "split"));
  EXPECT_EQ(differing_keys(a, b), (Texts{"split.protocol", "split.test_ratio", "model.factors"}));
  b.model.als.factors = 64;
  b.model.ease.regularization = 3;  // not in use
  b.split.protocol = a.split.protocol;
  EXPECT_EQ(differing_keys(a, b), Texts{});
}

// Random bytes and random damage to a good file: an error or a Config, never a crash.
TEST_F(LoadConfig, SurvivesDamage) {
  const std::string good =
      "base: no.yaml\nrun: {name: x, seed: 1}\ndata:\n  path: [., \"a\"]\n  event_weights: {view: 1.5}\n  filter:\n"
      "    min_weight: 3\nsplit: {protocol: random} # c\nmodel: {type: als, factors: 3}\n";
  const std::string letters = "{}[]:,#&*!|>'\"%@`-? \n\t~<=a0.e\\$\xc3\xff";
  std::uint64_t state = 1;
  const auto draw = [&](std::size_t n) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::size_t>(state >> 33) % n;
  };
  int loaded = 0;
  for (int round = 0; round < 400; ++round) {
    std::string yaml = good.substr(round % 2 == 0 ? 0 : 14);
    for (std::size_t hits = 1 + draw(4); hits > 0; --hits) {
      const std::size_t at = draw(yaml.size());
      if (draw(3) == 0) {
        yaml.erase(at, draw(8));
      } else {
        yaml.insert(at, 1 + draw(3), letters[draw(letters.size())]);
      }
      if (yaml.empty()) yaml = " ";
    }
    try {
      load(yaml);
      ++loaded;
    } catch (const ConfigError& error) {
      EXPECT_FALSE(error.problems().empty());
    }
  }
  EXPECT_LT(loaded, 400);
}

TEST(ShippedConfigs, LoadAndPassTheirOwnDump) {
  ::setenv("KINDRED_DATA", "/the/data", 0);
  int count = 0;
  for (const auto& entry : fs::directory_iterator("configs")) {
    if (entry.path().extension() != ".yaml") continue;
    ++count;
    const LoadedConfig loaded = load_config(Texts{entry.path().string()}, {}, {.check_files = false});
    EXPECT_FALSE(loaded.config.data.path.empty()) << entry.path();
    EXPECT_FALSE(resolved_yaml(loaded).empty());
  }
  EXPECT_GE(count, 10);
}

TEST(ShippedConfigs, ReferenceAndSchemaAreFresh) {
  EXPECT_EQ(read("configs/README.md"), config_reference()) << "kindred config reference -o configs/README.md";
  EXPECT_EQ(read("configs/kindred.schema.json"), config_schema())
      << "kindred config schema -o configs/kindred.schema.json";
}

TEST(Schema, HasEveryKeyWithItsTextAndOpensNothing) {
  const nlohmann::json schema = nlohmann::json::parse(config_schema());
  EXPECT_EQ(schema["additionalProperties"], false);
  Config config;
  const FieldList list = all_fields(config);
  for (const Field& field : list.all()) {
    if (field.section == "model") {
      int found = 0;
      for (const auto& variant : schema["properties"]["model"]["oneOf"]) {
        EXPECT_EQ(variant["additionalProperties"], false);
        found += variant["properties"].contains(field.name) ? 1 : 0;
      }
      EXPECT_GE(found, 2) << field.path;  // its type and the one without a type
      continue;
    }
    nlohmann::json node = schema;
    std::string path = field.path;
    for (std::size_t dot = 0; dot != std::string::npos;) {
      dot = path.find('.');
      node = node["properties"].value(path.substr(0, dot), nlohmann::json());
      path = dot == std::string::npos ? "" : path.substr(dot + 1);
    }
    EXPECT_TRUE(node.contains("description")) << field.path;
    EXPECT_TRUE(node.contains("default")) << field.path;
  }
}

TEST(Fields, HaveTextAndDefaultsInRange) {
  Config config;
  const KeyTable keys(config);
  for (const Field& field : keys.fields()) {
    EXPECT_TRUE(field.key.doc.ends_with(".")) << field.path;
    for (const Condition& condition : field.key.when) EXPECT_TRUE(keys.is_key(condition.key)) << field.path;
    EXPECT_NE(config_reference().find("| `" + field.name + "` |"), std::string::npos) << field.path;
  }
}

TEST(MetricNames, HaveOneSpelling) {
  for (const std::string_view kind : metric_kind_names()) {
    const std::string text = std::string(kind) + (kind == "auc" ? "" : "@20");
    EXPECT_EQ(to_string(parse_metric_name(text)), text);
  }
  EXPECT_EQ(parse_metric_name("recall_capped@50"), (MetricName{MetricKind::recall_capped, 50}));
  for (const char* text : {"", "recall", "auc@5", "recall@", "recall@0", "recall@05", "recall@+5", "recall@5 ", "@5",
                           "recall@100001", "recall@99999999999999999999", "RECALL@5"}) {
    EXPECT_THROW(parse_metric_name(text), Error) << text;
  }
}

TEST(Suggestions, AreNearOrNothing) {
  const Texts known = {"factors", "iterations", "regularization", "form"};
  EXPECT_EQ(nearest_word("factr", known), "factors");
  EXPECT_EQ(nearest_word("Regularisation", known), "regularization");
  EXPECT_EQ(nearest_word("fomr", known), "form");
  EXPECT_EQ(nearest_word("learning_rate", known), "");
  EXPECT_EQ(nearest_word("", known), "");
  EXPECT_EQ(nearest_word(std::string(100000, 'a'), known), "");
}

}  // namespace
}  // namespace kindred
