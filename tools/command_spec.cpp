// SPDX-License-Identifier: Apache-2.0
#include "tools/command_spec.h"

#include "trainer/config/config.h"

#include <CLI/CLI.hpp>

#include <set>
#include <sstream>

namespace kindred {

namespace {

std::vector<std::string> split_at(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

// By the name that help shows for the value; positionals are called by what they are.
ValueKind kind_of(const std::string& value_name, const std::string& positional, std::vector<std::string>& choices) {
  if (value_name == "KEY=VALUE") return ValueKind::config_key;
  if (positional == "RUN" || value_name == "RUN") return ValueKind::run;
  if (value_name.find('|') != std::string::npos) {
    choices = split_at(value_name, '|');
    return ValueKind::choice;
  }
  if (value_name == "DIR" || positional == "DIR") return ValueKind::folder;
  if (value_name == "FILE" || positional == "FILE" || positional == "PATH" || positional == "EXPORT")
    return ValueKind::file;
  return ValueKind::any;
}

// Without what CLI11 adds of its checks, "text|json:{text,json}".
std::string value_name(const CLI::Option& option) {
  const std::string name = option.get_type_name();
  return name.substr(0, name.find(':'));
}

OptionSpec option_spec(const CLI::Option& option) {
  OptionSpec spec{.longs = option.get_lnames(),
                  .shorts = option.get_snames(),
                  .positional = option.get_positional() ? option.get_name(true) : "",
                  .description = option.get_description(),
                  .value_name = option.get_items_expected_max() > 0 ? value_name(option) : "",
                  .value = ValueKind::none};
  if (option.get_items_expected_max() == 0) return spec;  // a flag
  spec.value = kind_of(spec.value_name, spec.positional, spec.choices);
  spec.repeatable = option.get_items_expected_max() > 1;
  spec.required = option.get_required();
  return spec;
}

void add_options(const CLI::App& app, std::vector<OptionSpec>& options) {
  for (const CLI::Option* option : app.get_options()) options.push_back(option_spec(*option));
}

CommandSpec spec_below(const CLI::App& app, const std::string& path) {
  CommandSpec spec{.path = path,
                   .name = app.get_name(),
                   .description = app.get_description(),
                   .footer = app.get_footer(),
                   .options = {},
                   .commands = {}};
  add_options(app, spec.options);
  for (const CLI::App* below : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (below->get_name().empty()) {
      add_options(*below, spec.options);  // a group of options
    } else {
      spec.commands.push_back(spec_below(*below, path.empty() ? below->get_name() : path + " " + below->get_name()));
    }
  }
  return spec;
}

void collect(const CommandSpec& command, std::vector<const CommandSpec*>& all) {
  all.push_back(&command);
  for (const CommandSpec& below : command.commands) collect(below, all);
}

}  // namespace

CommandSpec command_spec(const CLI::App& app) { return spec_below(app, ""); }

std::vector<const CommandSpec*> all_commands(const CommandSpec& program) {
  std::vector<const CommandSpec*> all;
  collect(program, all);
  return all;
}

std::vector<std::string> config_keys() {
  Config config;
  const FieldList fields = all_fields(config);
  std::vector<std::string> keys;
  std::set<std::string> seen;
  for (const Field& field : fields.all()) {
    if (seen.insert(field.path).second) keys.push_back(field.path);
  }
  return keys;
}

}  // namespace kindred
