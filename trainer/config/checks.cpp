// SPDX-License-Identifier: Apache-2.0
#include "trainer/config/checks.h"

#include "trainer/config/input_path.h"
#include "trainer/config/timestamp.h"
#include "trainer/config/yaml_tree.h"

#include <algorithm>
#include <initializer_list>

namespace kindred {

namespace {

class Checker {
 public:
  Checker(const LoadedConfig& loaded, Place fallback, Problems& problems)
      : config_(loaded.config), origins_(loaded.origins), fallback_(std::move(fallback)), problems_(problems) {}

  void check_data() {
    const DataConfig& data = config_.data;
    refuse(data.path.empty(), {"data.path"}, "missing; expected a file, folder or glob, or a list of them");
    check_columns();
    check_item_names();
    const bool constant = data.binarize && !data.confidence.add_one;
    refuse(
        constant && data.confidence.alpha != 1.0, {"data.confidence.alpha", "data.binarize", "data.confidence.add_one"},
        "contradicts data.binarize: every event counts as 1, so that alpha scales all of them alike; expected one of "
        "the two, or data.confidence.add_one: true");
    refuse(data.binarize && data.confidence.transform == ConfidenceTransform::log,
           {"data.confidence.transform", "data.binarize"},
           "contradicts data.binarize: every event counts as 1; expected one of the two");
    refuse(data.binarize && !data.event_weights.empty() && !data.confidence.negative_below,
           {"data.event_weights", "data.binarize", "data.confidence.negative_below"},
           "contradicts data.binarize: every event counts as 1; expected one of the two");
    const FilterConfig& filter = data.filter;
    refuse(filter.max_user_events && *filter.max_user_events < filter.min_user_events,
           {"data.filter.max_user_events", "data.filter.min_user_events"},
           fmt::format("{} is below data.filter.min_user_events: {}; expected no less",
                       filter.max_user_events.value_or(0), filter.min_user_events));
    check_order("data.filter.time_from", filter.time_from, "data.filter.time_to", filter.time_to);
    for (const std::string& kind : filter.events) {
      refuse(!data.event_weights.empty() && !data.event_weights.contains(kind),
             {"data.event_weights", "data.filter.events"},
             fmt::format("has no weight for '{}', which data.filter.events keeps; expected one for each kind",
                         shown(kind)));
    }
  }

  void check_split() {
    const SplitConfig& split = config_.split;
    const bool ratio = split.validation_ratio > 0.0;
    const std::string both = "contradicts split.validation_ratio; expected one of the two";
    switch (split.protocol) {
      case SplitProtocol::none:
        break;
      case SplitProtocol::given:
        refuse(split.test.empty() && split.validation.empty(), {"split.test", "split.validation", "split.protocol"},
               "missing; expected a file, as split.protocol is given");
        refuse(ratio && !split.validation.empty(), {"split.validation", "split.validation_ratio"}, both);
        break;
      case SplitProtocol::leave_one_out:
        refuse(config_.data.columns.timestamp.empty() && config_.data.format != DataFormat::sequences,
               {"split.protocol", "data.columns.timestamp", "data.format"},
               "leave_one_out needs the order in time; expected data.columns.timestamp, or data.format: sequences");
        break;
      case SplitProtocol::global_temporal:
        refuse(config_.data.columns.timestamp.empty(), {"split.protocol", "data.columns.timestamp", "data.format"},
               "global_temporal needs times; expected data.columns.timestamp");
        refuse(split.test_time.empty(), {"split.test_time", "split.protocol"},
               "missing; expected a time, as split.protocol is global_temporal");
        refuse(ratio && !split.validation_time.empty(), {"split.validation_time", "split.validation_ratio"}, both);
        check_order("split.validation_time", split.validation_time, "split.test_time", split.test_time);
        break;
      case SplitProtocol::held_out_users:
      case SplitProtocol::random: {
        const bool test_by_ratio = split.test_users == 0;
        refuse(test_by_ratio && split.test_ratio + split.validation_ratio >= 1.0,
               {"split.test_ratio", "split.validation_ratio", "split.protocol"},
               fmt::format("{} and split.validation_ratio: {} leave nothing to train on; expected a sum below 1",
                           split.test_ratio, split.validation_ratio));
        break;
      }
    }
  }

  void check_export() {
    refuse(config_.exported.formats.empty(), {"export.formats"}, "is empty; expected at least one format");
    check_unique("export.formats", config_.exported.formats);
  }

  void check_evaluation() {
    const EvaluationConfig& evaluation = config_.evaluation;
    refuse(evaluation.metrics.empty(), {"evaluation.metrics"}, "is empty; expected at least one metric");
    check_unique("evaluation.metrics", evaluation.metrics);
    check_unique("evaluation.baselines", evaluation.baselines);
    const std::string& metric = config_.early_stopping.metric;
    refuse(!metric.empty() && !has_validation(),
           {"early_stopping.metric", "split", "split.protocol", "split.validation", "split.validation_ratio",
            "split.validation_users", "split.validation_time"},
           "there is no validation part; expected one by " + validation_key());
    refuse(!metric.empty() && evaluation.every == 0, {"early_stopping.metric", "evaluation.every"},
           "nothing is evaluated while training; expected evaluation.every of at least 1");
    refuse(metric.empty() && evaluation.every > 0 && !has_validation(),
           {"evaluation.every", "split", "split.protocol", "split.validation", "split.validation_ratio",
            "split.validation_users", "split.validation_time"},
           "there is no validation part; expected one by " + validation_key());
  }

 private:
  using Keys = std::initializer_list<const char*>;

  // The first of `keys` is what is wrong, the others are what it depends on.
  void refuse(bool wrong, Keys keys, const std::string& message) {
    if (!wrong) return;
    if (std::any_of(keys.begin(), keys.end(), [&](const char* key) { return problems_.is_suspect(key); })) return;
    Place place = fallback_;
    for (const char* key : keys) {
      const auto origin = origins_.find(key);
      if (origin == origins_.end()) continue;
      place = origin->second;
      break;
    }
    // A second mistake of the same key is told too: this is no follow-up.
    found_.push_back({place, *keys.begin(), message});
  }

  void check_unique(const char* key, const std::vector<std::string>& names) {
    for (auto it = names.begin(); it != names.end(); ++it) {
      refuse(std::find(names.begin(), it, *it) != it, {key}, fmt::format("names {} twice; expected it once", *it));
    }
  }

  static bool is_position(const std::string& column) {
    return std::all_of(column.begin(), column.end(), [](char c) { return c >= '0' && c <= '9'; });
  }

  void check_columns() {
    const DataConfig& data = config_.data;
    const ColumnsConfig& columns = data.columns;
    const std::pair<const char*, const std::string*> all[] = {
        {"data.columns.user", &columns.user},     {"data.columns.item", &columns.item},
        {"data.columns.weight", &columns.weight}, {"data.columns.timestamp", &columns.timestamp},
        {"data.columns.event", &columns.event},   {"data.columns.session", &columns.session}};
    const bool table = data.format == DataFormat::table;
    for (const auto& [key, column] : all) {
      refuse(table && data.header == false && !column->empty() && !is_position(*column),
             {key, "data.header", "data.format"},
             fmt::format("'{}' is a name, but data.header is false; expected a 0-based position", shown(*column)));
      for (const auto& [other_key, other] : all) {
        if (other_key == key) break;
        refuse(table && !column->empty() && *column == *other, {key, other_key, "data.format"},
               fmt::format("'{}' is also {}; expected another column", shown(*column), other_key));
      }
    }
    refuse(table && columns.user.empty(), {"data.columns.user", "data.format"}, "is empty; expected a column");
    refuse(table && columns.item.empty(), {"data.columns.item", "data.format"}, "is empty; expected a column");
    needs(data.filter.min_weight.has_value(), "data.filter.min_weight", columns.weight, "data.columns.weight");
    refuse(data.confidence.negative_below && columns.weight.empty() && data.event_weights.empty(),
           {"data.confidence.negative_below", "data.columns.weight", "data.event_weights", "data.format"},
           "every event weighs 1; expected data.columns.weight or data.event_weights");
    needs(data.confidence.half_life_days.has_value(), "data.confidence.half_life_days", columns.timestamp,
          "data.columns.timestamp");
    needs(config_.model.popularity.half_life_days.has_value(), "model.half_life_days", columns.timestamp,
          "data.columns.timestamp");
    needs(!data.filter.time_from.empty(), "data.filter.time_from", columns.timestamp, "data.columns.timestamp");
    needs(!data.filter.time_to.empty(), "data.filter.time_to", columns.timestamp, "data.columns.timestamp");
    needs(!data.filter.events.empty(), "data.filter.events", columns.event, "data.columns.event");
  }

  void check_item_names() {
    const ItemNamesConfig& names = config_.data.item_names;
    if (names.path.empty()) return;
    const std::pair<const char*, const std::string*> columns[] = {{"data.item_names.id", &names.id},
                                                                  {"data.item_names.name", &names.name}};
    for (const auto& [key, column] : columns) {
      refuse(column->empty(), {key}, "is empty; expected a column");
      refuse(names.header == false && !column->empty() && !is_position(*column), {key, "data.item_names.header"},
             fmt::format("'{}' is a name, but data.item_names.header is false; expected a 0-based position",
                         shown(*column)));
    }
    refuse(!names.id.empty() && names.id == names.name, {"data.item_names.name", "data.item_names.id"},
           fmt::format("'{}' is also data.item_names.id; expected another column", shown(names.name)));
  }

  void needs(bool used, const char* key, const std::string& column, const char* column_key) {
    refuse(used && column.empty(), {key, column_key, "data.format"},
           fmt::format("needs {}; expected that column{}", column_key,
                       config_.data.format == DataFormat::table ? "" : ", with data.format: table"));
  }

  void check_order(const char* first, const std::string& from, const char* second, const std::string& to) {
    if (from.empty() || to.empty() || problems_.is_suspect(first) || problems_.is_suspect(second)) return;
    const auto time = [](const std::string& text) { return timestamp_ms(text, TimestampUnit::automatic); };
    refuse(*time(from) >= *time(to), {first, second},
           fmt::format("{} is not before {}: {}; expected an earlier time", from, second, to));
  }

  bool has_validation() const {
    const SplitConfig& split = config_.split;
    return split.protocol == SplitProtocol::leave_one_out || split.validation_ratio > 0.0 ||
           !split.validation.empty() || split.validation_users > 0 || !split.validation_time.empty();
  }

  std::string validation_key() const {
    switch (config_.split.protocol) {
      case SplitProtocol::given:
        return "split.validation or split.validation_ratio";
      case SplitProtocol::held_out_users:
        return "split.validation_users or split.validation_ratio";
      case SplitProtocol::global_temporal:
        return "split.validation_time or split.validation_ratio";
      default:
        return "split.validation_ratio";
    }
  }

 public:
  void report() {
    for (const Problem& problem : found_) problems_.add(problem.place, problem.key, problem.message);
  }

 private:
  const Config& config_;
  const std::map<std::string, Place>& origins_;
  Place fallback_;
  Problems& problems_;
  std::vector<Problem> found_;
};

}  // namespace

void check_config(const LoadedConfig& loaded, const Place& fallback, Problems& problems) {
  Checker checker(loaded, fallback, problems);
  checker.check_data();
  checker.check_split();
  checker.check_evaluation();
  checker.check_export();
  checker.report();
}

void check_input_files(const LoadedConfig& loaded, Problems& problems) {
  const auto check = [&](const char* key, const std::vector<std::string>& paths, bool glob_allowed) {
    const auto origin = loaded.origins.find(key);
    if (origin == loaded.origins.end() || problems.is_suspect(key)) return;
    for (const std::string& path : paths) {
      const std::string missing = path.empty() ? "" : missing_input(path, glob_allowed);
      if (!missing.empty()) problems.add(origin->second, key, missing);
    }
  };
  const Config& config = loaded.config;
  check("data.path", config.data.path, true);
  check("split.test", {config.split.test}, false);
  check("split.validation", {config.split.validation}, false);
  check("data.pseudonymize.key_file", {config.data.pseudonymize.key_file}, false);
  check("data.item_names.path", {config.data.item_names.path}, false);
}

}  // namespace kindred
