// SPDX-License-Identifier: Apache-2.0
// kindred config validate|resolve|reference|schema: what a configuration says, without running it.
#include "kernels/core/check.h"
#include "tools/commands.h"
#include "trainer/config/load.h"
#include "trainer/config/reference.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <nlohmann/json.hpp>

#include <fstream>

namespace kindred {

namespace {

using Json = nlohmann::ordered_json;

struct ConfigCommandOptions : ConfigInput {
  bool skip_files = false;
  bool json = false;
  std::string output;
};

void add_input_options(CLI::App& command, ConfigCommandOptions& options) {
  add_config_input(command, options);
  command.add_flag("--skip-files", options.skip_files, "do not ask whether the input files exist");
  command.add_flag("--json", options.json, "print the result as JSON");
}

std::string json_text(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace); }

std::string problems_json(const ConfigError& error) {
  Json problems = Json::array();
  for (const Problem& problem : error.problems()) {
    problems.push_back({{"file", problem.place.file},
                        {"line", problem.place.line},
                        {"column", problem.place.column},
                        {"key", problem.key},
                        {"message", problem.message}});
  }
  return json_text({{"valid", false}, {"problems", std::move(problems)}});
}

// With --json the problems also go to stdout, for programs; the exit code is the same.
LoadedConfig load(const ConfigCommandOptions& options) {
  try {
    return load_config(options.files, options.overrides, {.check_files = !options.skip_files});
  } catch (const ConfigError& error) {
    if (options.json) fmt::print("{}\n", problems_json(error));
    throw;
  }
}

void validate(const ConfigCommandOptions& options) {
  const LoadedConfig loaded = load(options);
  const std::string hash = fmt::format("{:016x}", config_hash(loaded.config));
  if (options.json) {
    fmt::print("{}\n", json_text({{"valid", true}, {"hash", hash}, {"problems", Json::array()}}));
  } else {
    fmt::print("valid: run {}, {} keys written, hash {}\n", loaded.config.run.name, loaded.origins.size(), hash);
  }
}

void resolve(const ConfigCommandOptions& options) {
  const LoadedConfig loaded = load(options);
  if (options.json) {
    fmt::print("{}\n", resolved_json(loaded));
  } else {
    fmt::print("{}", resolved_yaml(loaded));
  }
}

void write(const std::string& text, const std::string& output) {
  if (output.empty()) {
    fmt::print("{}", text);
    return;
  }
  std::ofstream stream(output, std::ios::binary);
  stream << text;
  stream.close();
  if (!stream) fail(ErrorKind::device, "{}: cannot be written; expected a file in a folder that exists", output);
}

}  // namespace

void add_config_command(CLI::App& app) {
  auto options = std::make_shared<ConfigCommandOptions>();
  CLI::App* command = app.add_subcommand("config", "Check and show configurations; write their reference and schema");
  command->require_subcommand(1);

  CLI::App* validate_command = command->add_subcommand("validate", "Check everything, change nothing");
  add_input_options(*validate_command, *options);
  validate_command->footer(
      "All problems are told at once, as file:line:column: key: what is wrong; exit code 2.\n\n"
      "Examples:\n"
      "  kindred config validate my.yaml\n"
      "  kindred config validate configs/als_ml1m.yaml --set model.factors=256\n"
      "  kindred config validate my.yaml --skip-files --json     the data lie on another machine");
  validate_command->callback([options] { validate(*options); });

  CLI::App* resolve_command = command->add_subcommand("resolve", "Print every value in use and where it comes from");
  add_input_options(*resolve_command, *options);
  resolve_command->footer(
      "The output is itself a configuration. A comment tells where each value was written; none: the default.\n\n"
      "Examples:\n"
      "  kindred config resolve configs/als_gowalla_1024.yaml\n"
      "  kindred config resolve base.yaml night.yaml --set run.seed=7 > tonight.yaml\n"
      "  kindred config resolve my.yaml --json");
  resolve_command->callback([options] { resolve(*options); });

  CLI::App* reference_command = command->add_subcommand("reference", "Every key with type, default, range and meaning");
  reference_command->add_option("-o,--output", options->output, "file to write; default: stdout")->type_name("FILE");
  reference_command->footer(
      "Examples:\n"
      "  kindred config reference\n"
      "  kindred config reference -o configs/README.md");
  reference_command->callback([options] { write(config_reference(), options->output); });

  CLI::App* schema_command = command->add_subcommand("schema", "JSON schema (draft 2020-12), for editors");
  schema_command->add_option("-o,--output", options->output, "file to write; default: stdout")->type_name("FILE");
  schema_command->footer(
      "Examples:\n"
      "  kindred config schema -o configs/kindred.schema.json\n"
      "  in a configuration: # yaml-language-server: $schema=kindred.schema.json");
  schema_command->callback([options] { write(config_schema(), options->output); });
}

}  // namespace kindred
