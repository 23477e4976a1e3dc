// SPDX-License-Identifier: Apache-2.0
#include "kernels/core/version.h"
#include "tools/command_spec.h"

#include <fmt/format.h>

namespace kindred {

namespace {

// Letters that roff takes for its own; a line may not begin with a dot or an apostrophe.
std::string roff(const std::string& text) {
  std::string safe;
  for (const char letter : text) {
    const bool line_start = safe.empty() || safe.back() == '\n';
    if (line_start && (letter == '.' || letter == '\'')) safe += "\\&";
    if (letter == '\\') {
      safe += "\\e";
    } else if (letter == '-') {
      safe += "\\-";
    } else {
      safe += letter;
    }
  }
  return safe;
}

std::string option_names(const OptionSpec& option) {
  std::vector<std::string> names;
  if (!option.positional.empty()) names.push_back("\\fI" + roff(option.positional) + "\\fR");
  for (const std::string& name : option.shorts) names.push_back("\\fB" + roff("-" + name) + "\\fR");
  for (const std::string& name : option.longs) names.push_back("\\fB" + roff("--" + name) + "\\fR");
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  const bool has_value = option.value != ValueKind::none && !(option.longs.empty() && option.shorts.empty());
  if (has_value) text += " \\fI" + roff(option.value_name) + "\\fR";
  return text + (option.required ? " (required)" : "");
}

std::string synopsis(const CommandSpec& command) {
  std::string line = ".B kindred" + (command.path.empty() ? "" : " " + roff(command.path)) + "\n";
  line += command.commands.empty() ? "[\\fIOPTION\\fR...]" : "\\fICOMMAND\\fR ...";
  for (const OptionSpec& option : command.options) {
    if (option.positional.empty()) continue;
    const std::string name = "\\fI" + roff(option.positional) + "\\fR" + (option.repeatable ? "..." : "");
    line += option.required ? " " + name : " [" + name + "]";
  }
  return line + "\n";
}

std::string literal(const std::string& text) { return text.empty() ? "" : ".PP\n.nf\n" + roff(text) + "\n.fi\n"; }

}  // namespace

std::string manual_page(const CommandSpec& program) {
  std::string page = fmt::format(".TH KINDRED 1 \"\" \"kindred {}\" \"User Commands\"\n.SH NAME\n", KINDRED_VERSION);
  page += "kindred \\- trains recommenders\n.SH SYNOPSIS\n" + synopsis(program);
  page += ".SH DESCRIPTION\n" + roff(program.description) + "\n.SH COMMANDS\n";
  for (const CommandSpec* command : all_commands(program)) {
    if (command->path.empty() || !command->commands.empty()) continue;
    page += ".SS kindred " + roff(command->path) + "\n" + roff(command->description) + ".\n.PP\n" + synopsis(*command);
    for (const OptionSpec& option : command->options) {
      if (option.longs == std::vector<std::string>{"help"}) continue;
      page += ".TP\n" + option_names(option) + "\n" + roff(option.description) + "\n";
    }
    page += literal(command->footer);
  }
  return page + ".SH FIRST STEPS AND EXIT CODES\n" + literal(program.footer);
}

}  // namespace kindred
