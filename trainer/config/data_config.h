// SPDX-License-Identifier: Apache-2.0
// `data`: where the events are, how they are written, which are kept, and what an event weighs.
#pragma once

#include "trainer/config/field.h"
#include "trainer/config/item_names_config.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace kindred {

enum class DataFormat { table, lists, sequences };
enum class Duplicates { sum, last, max, first };
enum class ConfidenceTransform { linear, log };
enum class TimestampUnit { automatic, seconds, milliseconds, iso8601 };

template <>
inline constexpr std::array<std::string_view, 3> kChoices<DataFormat> = {"table", "lists", "sequences"};
template <>
inline constexpr std::array<std::string_view, 4> kChoices<Duplicates> = {"sum", "last", "max", "first"};
template <>
inline constexpr std::array<std::string_view, 2> kChoices<ConfidenceTransform> = {"linear", "log"};
template <>
inline constexpr std::array<std::string_view, 4> kChoices<TimestampUnit> = {"auto", "seconds", "milliseconds",
                                                                            "iso8601"};

// A column by header name or by 0-based position, as text ("user", "0"); empty: not there.
struct ColumnsConfig {
  std::string user = "user";
  std::string item = "item";
  std::string weight;
  std::string timestamp;
  std::string event;
  std::string session;
};

template <typename Visitor>
void fields(Visitor& visit, ColumnsConfig& c) {
  visit("user", c.user, {.doc = "Who: name in the header, or 0-based position.", .rule = TextRule::column});
  visit("item", c.item, {.doc = "What was touched.", .rule = TextRule::column});
  visit("weight", c.weight,
        {.doc = "Rating, count or quantity; empty: every event weighs 1.", .rule = TextRule::column});
  visit("timestamp", c.timestamp, {.doc = "When; see `data.timestamp_unit`.", .rule = TextRule::column});
  visit("event", c.event, {.doc = "Kind of event, such as view or purchase.", .rule = TextRule::column});
  visit("session", c.session, {.doc = "Session that the event belongs to.", .rule = TextRule::column});
}

struct FilterConfig {
  std::optional<double> min_weight;             // events below are dropped before anything else
  std::int64_t min_user_events = 1;             // k-core
  std::int64_t min_item_events = 1;             // k-core
  bool k_core = true;                           // to the fixed point; false: items once, then users once
  std::optional<std::int64_t> max_user_events;  // users with more are dropped whole (bots)
  std::string time_from;                        // inclusive; ISO 8601 or epoch seconds
  std::string time_to;                          // exclusive
  std::vector<std::string> events;              // kinds kept; empty: all
};

template <typename Visitor>
void fields(Visitor& visit, FilterConfig& c) {
  visit("min_weight", c.min_weight, {.doc = "Events that weigh less are dropped before anything else."});
  visit("min_user_events", c.min_user_events, {.doc = "Users with fewer events are dropped.", .min = 1, .max = 1e9});
  visit("min_item_events", c.min_item_events, {.doc = "Items with fewer events are dropped.", .min = 1, .max = 1e9});
  visit("k_core", c.k_core, {.doc = "Repeat both minima until nothing changes; false: items once, then users once."});
  visit("max_user_events", c.max_user_events,
        {.doc = "Users with more events are dropped whole (bots).", .min = 1, .max = 1e9});
  visit("time_from", c.time_from,
        {.doc = "Earlier events are dropped: ISO 8601 (UTC unless it says otherwise) or epoch seconds.",
         .rule = TextRule::time});
  visit("time_to", c.time_to, {.doc = "Events from here on are dropped.", .rule = TextRule::time});
  visit("events", c.events, {.doc = "Kinds of event that are kept; empty: all.", .rule = TextRule::not_empty});
}

// Weight r of an event (after event_weights, decay and duplicates) to the confidence c of a training entry.
struct ConfidenceConfig {
  double alpha = 1.0;
  ConfidenceTransform transform =
      ConfidenceTransform::linear;  // linear: c = alpha r; log: c = alpha ln(1 + r / epsilon)
  double epsilon = 1.0;
  bool add_one = false;                  // c = 1 + ... (Hu, Koren, Volinsky)
  std::optional<double> half_life_days;  // r halves with each half-life before the newest training event
  std::optional<double> negative_below;  // weights below are negative feedback: target 0, not relevant, but seen
};

template <typename Visitor>
void fields(Visitor& visit, ConfidenceConfig& c) {
  visit("alpha", c.alpha, {.doc = "Factor of the confidence.", .min = 0, .max = 1e9, .above_min = true});
  visit("transform", c.transform,
        {.doc = "Confidence of weight r: `linear` alpha r, `log` alpha ln(1 + r / epsilon)."});
  visit("epsilon", c.epsilon,
        {.doc = "Scale inside the logarithm.",
         .min = 0,
         .max = 1e9,
         .above_min = true,
         .when = {{"data.confidence.transform", {"log"}}}});
  visit("add_one", c.add_one, {.doc = "Add 1 to the confidence (Hu, Koren, Volinsky)."});
  visit("half_life_days", c.half_life_days,
        {.doc = "The weight halves with each half-life before the newest training event; needs timestamps.",
         .min = 0,
         .max = 1e6,
         .above_min = true,
         .unit = "days"});
  visit("negative_below", c.negative_below,
        {.doc = "Events that weigh less are negative feedback: target 0, never relevant, but seen."});
}

struct PseudonymizeConfig {
  std::string key_file;  // empty: user ids stay as they are
};

template <typename Visitor>
void fields(Visitor& visit, PseudonymizeConfig& c) {
  visit("key_file", c.key_file,
        {.doc = "File with the secret key of the keyed hash that replaces user ids; empty: ids stay as they are.",
         .rule = TextRule::input_file,
         .result_depends = false});
}

struct DataConfig {
  DataFormat format = DataFormat::table;
  std::vector<std::string> path;      // a file, a folder, or a glob; several are read in the given order
  std::string prepared = "prepared";  // folder of the cache of prepared datasets
  std::string separator = ",";
  std::optional<bool> header;  // absent: found from the first line
  ColumnsConfig columns;
  TimestampUnit timestamp_unit = TimestampUnit::automatic;
  std::map<std::string, double> event_weights;
  bool binarize = false;  // every kept event counts as 1
  Duplicates duplicates = Duplicates::sum;
  ConfidenceConfig confidence;
  FilterConfig filter;
  std::int64_t max_bad_rows = 0;
  PseudonymizeConfig pseudonymize;
  ItemNamesConfig item_names;
};

template <typename Visitor>
void fields(Visitor& visit, DataConfig& c) {
  const Condition table = {"data.format", {"table"}};
  visit("format", c.format,
        {.doc = "`table` (CSV, TSV, any separator, JSON lines, Parquet), `lists` (\"user item item ...\" a line) or "
                "`sequences` (one session a line)."});
  visit("path", c.path,
        {.doc = "File, folder or glob, or a list of them, read in this order; each plain, gzip or zstd.",
         .rule = TextRule::input_paths,
         .one_or_many = true,
         .result_depends = false});
  visit("prepared", c.prepared,
        {.doc = "Folder of the cache of prepared datasets.", .rule = TextRule::not_empty, .result_depends = false});
  visit("separator", c.separator,
        {.doc = "Between the columns of a text table, such as \",\", \"\\t\" or \"::\".",
         .rule = TextRule::not_empty,
         .when = {table}});
  visit("header", c.header,
        {.doc = "The first line names the columns; absent: found from that line.", .when = {table}});
  visit.section("columns", c.columns, "Which column is what.", {table});
  visit("timestamp_unit", c.timestamp_unit,
        {.doc = "Unit of the timestamp column; `auto`: numbers by their size, anything else as ISO 8601.",
         .when = {table, {"data.columns.timestamp", {}}}});
  visit("event_weights", c.event_weights,
        {.doc = "Weight of an event by its kind, such as {view: 1, cart: 3, purchase: 5}.",
         .min = 0,
         .max = 1e9,
         .when = {table, {"data.columns.event", {}}}});
  visit("binarize", c.binarize, {.doc = "Every kept event counts as 1."});
  visit("duplicates", c.duplicates, {.doc = "What several events of one user with one item become."});
  visit.section("confidence", c.confidence, "From the weight of an entry to its confidence in training.");
  visit.section("filter", c.filter, "Which events are kept.");
  visit("max_bad_rows", c.max_bad_rows,
        {.doc = "Rows that cannot be read are skipped and counted up to this many; one more stops.",
         .min = 0,
         .max = 1e15});
  visit.section("pseudonymize", c.pseudonymize, "Keyed hash in the place of user ids.");
  visit.section("item_names", c.item_names, "Titles of the items, for report.html; training does not read them.");
}

}  // namespace kindred
