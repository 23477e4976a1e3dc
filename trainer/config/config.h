// SPDX-License-Identifier: Apache-2.0
// The configuration of a run as plain structs with their defaults. The one description of each key (name, range,
// text) is the fields(visitor) beside each struct; the reader, the checks, the reference page, the JSON schema and
// the resolved dump are visitors over it (trainer/config/README in docs/architecture.md).
#pragma once

#include "kernels/als/als.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace kindred {

struct RunConfig {
  std::string name = "run";
  std::uint64_t seed = 42;
  std::string output = "runs";  // folder that takes <name>/<UTC time>-<hash>/
};

// ---- data

enum class DataFormat { table, lists, sequences };
enum class Duplicates { sum, last, max, first };
enum class ConfidenceTransform { linear, log };
enum class TimestampUnit { automatic, seconds, milliseconds, iso8601 };

// A column by header name or by 0-based position, as text ("user", "0"); empty: not there.
struct ColumnsConfig {
  std::string user = "user";
  std::string item = "item";
  std::string weight;
  std::string timestamp;
  std::string event;
  std::string session;
};

struct FilterConfig {
  std::optional<double> min_weight;          // events below are dropped before anything else
  std::int64_t min_user_events = 1;          // k-core
  std::int64_t min_item_events = 1;          // k-core
  bool k_core = true;                        // to the fixed point; false: items once, then users once
  std::optional<std::int64_t> max_user_events;  // users with more are dropped whole (bots)
  std::string time_from;                     // inclusive; ISO 8601 or epoch seconds
  std::string time_to;                       // exclusive
  std::vector<std::string> events;           // kinds kept; empty: all
};

// Weight r of an event (after event_weights, decay and duplicates) to the confidence c of a training entry.
struct ConfidenceConfig {
  double alpha = 1.0;
  ConfidenceTransform transform = ConfidenceTransform::linear;  // linear: c = alpha r; log: c = alpha ln(1 + r / epsilon)
  double epsilon = 1.0;
  bool add_one = false;  // c = 1 + ... (Hu, Koren, Volinsky)
  std::optional<double> half_life_days;  // r halves with each half-life before the newest training event
  std::optional<double> negative_below;  // weights below are negative feedback: target 0, not relevant, but seen
};

struct PseudonymizeConfig {
  std::string key_file;  // empty: user ids stay as they are
};

struct DataConfig {
  DataFormat format = DataFormat::table;
  std::vector<std::string> path;  // a file, a folder, or a glob; several are read in the given order
  std::string prepared = "prepared";  // folder of the cache of prepared datasets
  std::string separator = ",";
  std::optional<bool> header;     // absent: found from the first line
  ColumnsConfig columns;
  TimestampUnit timestamp_unit = TimestampUnit::automatic;
  std::map<std::string, double> event_weights;
  bool binarize = false;          // every kept event counts as 1
  Duplicates duplicates = Duplicates::sum;
  ConfidenceConfig confidence;
  FilterConfig filter;
  std::int64_t max_bad_rows = 0;
  PseudonymizeConfig pseudonymize;
};

// ---- split

enum class SplitProtocol { none, given, leave_one_out, global_temporal, held_out_users, random };
enum class TemporalTargets { first, last, all };

struct SplitConfig {
  SplitProtocol protocol = SplitProtocol::random;
  std::string test;         // given: file
  std::string validation;   // given: file
  double test_ratio = 0.2;        // random: share of events; held_out_users without counts: share of users
  double validation_ratio = 0.0;  // share of what is left for training, held out while tuning
  std::int64_t test_users = 0;        // held_out_users: counts
  std::int64_t validation_users = 0;
  double fold_in_ratio = 0.8;     // held_out_users: share of a user's events that fold in
  std::string test_time;          // global_temporal: events from here on are test
  std::string validation_time;    // global_temporal: events from here to test_time are validation
  TemporalTargets targets = TemporalTargets::all;
  std::uint64_t seed = 42;
};

// ---- models

struct AlsConfig {
  std::int64_t factors = 64;
  std::int64_t iterations = 16;
  double regularization = 0.003;
  double regularization_exponent = 1.0;
  double unobserved_weight = 0.1;
  double init_stddev = 0.1;
  AlsForm form = AlsForm::weighted;
  AlsSolver solver = AlsSolver::automatic;
  std::int64_t cg_steps = 3;       // pcg: steps a row
  std::int64_t block_size = 128;   // subspace: columns solved together
};

struct PopularityConfig {
  std::optional<double> half_life_days;
};

enum class ItemKnnWeighting { cosine, bm25, tfidf };

struct ItemKnnConfig {
  std::int64_t neighbours = 100;
  ItemKnnWeighting weighting = ItemKnnWeighting::cosine;
  double shrinkage = 0.0;
  double bm25_k1 = 1.2;
  double bm25_b = 0.75;
};

struct EaseConfig {
  double regularization = 500.0;
};

enum class ModelType { als, popularity, item_knn, ease };

// `model:` holds `type` and the keys of that type, flat; keys of another type are errors.
struct ModelConfig {
  ModelType type = ModelType::als;
  AlsConfig als;
  PopularityConfig popularity;
  ItemKnnConfig item_knn;
  EaseConfig ease;
};

// ---- evaluation and training

struct EvaluationConfig {
  std::vector<std::string> metrics = {"recall@20", "ndcg@20", "coverage@20"};
  std::int64_t bootstrap_samples = 1000;
  bool mask_seen = true;
  bool breakdown = true;    // by user activity decile and item popularity group
  bool trec = false;        // write TREC run and qrels files
  std::int64_t every = 0;   // validation every n epochs while training; 0: only at the end
};

struct EarlyStoppingConfig {
  std::string metric;          // a validation metric such as ndcg@20; empty: off
  std::int64_t patience = 3;   // evaluations without a better value
};

struct Config {
  RunConfig run;
  std::string device = "auto";  // auto, cpu, cuda, cuda:1
  std::int64_t threads = 0;     // 0: all that the process may use
  DataConfig data;
  SplitConfig split;
  ModelConfig model;
  EvaluationConfig evaluation;
  EarlyStoppingConfig early_stopping;
};

}  // namespace kindred
