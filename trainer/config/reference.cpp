// SPDX-License-Identifier: Apache-2.0
#include "trainer/config/reference.h"

#include "trainer/config/field_text.h"
#include "trainer/config/key_table.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

namespace kindred {

namespace {

constexpr const char* kIntroduction =
    R"(<!-- Written by `kindred config reference -o configs/README.md`; CI fails when it is stale. -->
# Configuration

One YAML file describes a run. The files of this folder run as they stand (`KINDRED_DATA` is the folder of the data
sets); the smallest useful file of your own is

```yaml
data: {path: events.csv}     # columns user and item, by name; see data.columns
```

## Where values come from
Later wins, key by key; lists and `data.event_weights` are replaced whole:
1. the defaults below;
2. each configuration file of the command line in turn, and before each file the one that its `base:` names (a path
   relative to the file itself; a base can have a base);
3. the `--set key=value` options. They change existing keys only, such as `--set model.factors=256` or
   `--set evaluation.metrics=[recall@20,ndcg@20]`; `null` takes back an optional value.

A later file or `--set` that changes a choice (`model.type`, `split.protocol`, `data.format`, ...) drops the inherited keys
that only the old choice uses, so that `model: {type: ease}` on top of an ALS configuration is complete.

`${NAME}` in a text becomes the environment variable NAME; nothing else expands. Inside `{ }` and `[ ]` such a text
needs quotes. Relative paths of data and output are relative to the current directory. Times without a zone are UTC.

`kindred config resolve FILE` prints the result with the origin of each value; a run stores it as `config.yaml`.

## What is an error
An unknown or repeated key, a value of the wrong type or out of range, keys that contradict each other or that the
chosen model, protocol or format does not use, an unset variable, an input file that is not there. All of them are told
at once, before any work, with exit code 2:

```
my.yaml:9:3: model.factr: unknown key; expected one of type, factors, ...; did you mean 'model.factors'?
my.yaml:12:11: split.test_ratio: 1.5 is out of range; expected a number > 0 and < 1
```

`true` and `false` are the only truth values, numbers are decimal and not quoted, anchors and aliases are not
supported. `kindred config validate FILE` does nothing but check. `kindred.schema.json` tells editors the same rules:
begin a file with `# yaml-language-server: $schema=kindred.schema.json`.
)";

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '|') result += '\\';
    result += c;
  }
  return result;
}

std::string type_cell(const Field& field) {
  const Choice* choice = std::get_if<Choice>(&field.value);
  if (choice == nullptr) return type_text(field);
  std::string names;
  for (const std::string_view name : choice->names) names += fmt::format("{}`{}`", names.empty() ? "" : ", ", name);
  return names;
}

std::string default_cell(const Field& field) {
  const std::string text = field_yaml(field);
  return text == "\"\""                 ? "empty"
         : text == "null"               ? "absent"
         : text == "[]" || text == "{}" ? "none"
                                        : "`" + text + "`";
}

// Conditions beyond those that the heading of the table already tells.
std::string meaning_cell(const Field& field, std::string_view told) {
  std::string only;
  for (const Condition& condition : field.key.when) {
    if (condition.key == told) continue;
    only += fmt::format("{}`{}`", only.empty() ? "" : ", ", condition_text(condition));
  }
  return field.key.doc + (only.empty() ? "" : " Only with " + only + ".");
}

void add_table(const std::vector<const Field*>& fields, std::string_view told, std::string& page) {
  page += "\n| key | type | default | range | meaning |\n|---|---|---|---|---|\n";
  for (const Field* field : fields) {
    const std::string range = range_text(field->key);
    const std::string unit = field->key.unit.empty() ? "" : (range.empty() ? "" : " ") + field->key.unit;
    page += fmt::format("| `{}` | {} | {} | {}{} | {} |\n", field->name, escaped(type_cell(*field)),
                        escaped(default_cell(*field)), range, unit, escaped(meaning_cell(*field, told)));
  }
}

// The value of model.type that a key of `model` belongs to; nothing: to all.
std::optional<std::string> model_type(const Field& field) {
  for (const Condition& condition : field.key.when) {
    if (condition.key == "model.type") return condition.values.front();
  }
  return std::nullopt;
}

}  // namespace

std::string config_reference() {
  Config defaults;
  const KeyTable keys(defaults);
  std::string page = kIntroduction;
  page += "\n## Top level\n";
  std::vector<const Field*> top;
  for (const Field& field : keys.fields()) {
    if (field.section.empty()) top.push_back(&field);
  }
  add_table(top, "", page);
  page +=
      "\n`base` (text) is a key of a file, not of the configuration: the path of the file that this one builds on.\n";
  for (const Section& section : keys.sections()) {
    page += fmt::format("\n## {}\n{}\n", section.path, section.doc);
    std::vector<std::optional<std::string>> groups;
    for (const Field& field : keys.fields()) {
      if (field.section != section.path) continue;
      const std::optional<std::string> group = section.path == "model" ? model_type(field) : std::nullopt;
      if (std::find(groups.begin(), groups.end(), group) == groups.end()) groups.push_back(group);
    }
    for (const std::optional<std::string>& group : groups) {
      std::vector<const Field*> fields;
      for (const Field& field : keys.fields()) {
        const bool in_group = section.path != "model" || model_type(field) == group;
        if (field.section == section.path && in_group) fields.push_back(&field);
      }
      if (group) page += fmt::format("\n### model, type: {}\n", *group);
      add_table(fields, group ? "model.type" : "", page);
    }
  }
  return page;
}

}  // namespace kindred
