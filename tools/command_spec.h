// SPDX-License-Identifier: Apache-2.0
// The command line as data, taken from the CLI11 app itself, so that completions and the manual page cannot go stale.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace kindred {

// What the value of an option or a positional is, for completion.
enum class ValueKind { none, any, file, folder, run, config_key, choice };

struct OptionSpec {
  std::vector<std::string> longs;   // without dashes
  std::vector<std::string> shorts;  // without the dash
  std::string positional;           // "CONFIG"; empty: it is none
  std::string description;
  std::string value_name;  // "FILE"
  ValueKind value = ValueKind::none;
  std::vector<std::string> choices = {};
  bool repeatable = false;
  bool required = false;
};

struct CommandSpec {
  std::string path;  // "config validate"; empty: the program
  std::string name;  // "validate"
  std::string description;
  std::string footer;
  std::vector<OptionSpec> options;
  std::vector<CommandSpec> commands;
};

CommandSpec command_spec(const CLI::App& app);
// The command and all below it, from the program down.
std::vector<const CommandSpec*> all_commands(const CommandSpec& program);
// Every key of the configuration, for --set.
std::vector<std::string> config_keys();

std::string bash_completion(const CommandSpec& program);
std::string zsh_completion(const CommandSpec& program);
std::string fish_completion(const CommandSpec& program);
// A page for man(1), in its macros.
std::string manual_page(const CommandSpec& program);

}  // namespace kindred
