// SPDX-License-Identifier: Apache-2.0
// Completion for bash, zsh and fish. Runs are completed by what lies in ./runs, keys of --set by those of this build.
#include "tools/command_spec.h"

#include <fmt/format.h>

#include <algorithm>

namespace kindred {

namespace {

std::string joined(const std::vector<std::string>& words, const std::string& separator) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : separator) + word;
  return text;
}

// All spellings of an option, with dashes.
std::vector<std::string> spellings(const OptionSpec& option) {
  std::vector<std::string> all;
  for (const std::string& name : option.shorts) all.push_back("-" + name);
  for (const std::string& name : option.longs) all.push_back("--" + name);
  return all;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

const OptionSpec* positional_of(const CommandSpec& command) {
  const auto found = std::find_if(command.options.begin(), command.options.end(),
                                  [](const OptionSpec& option) { return !option.positional.empty(); });
  return found == command.options.end() ? nullptr : &*found;
}

std::string bash_values(const OptionSpec& option) {
  switch (option.value) {
    case ValueKind::file:
      return "_kindred_files";
    case ValueKind::folder:
      return "_kindred_folders";
    case ValueKind::run:
      return "_kindred_runs";
    case ValueKind::config_key:
      return "_kindred_keys";
    case ValueKind::choice:
      return fmt::format("_kindred_words '{}'", joined(option.choices, " "));
    case ValueKind::none:
    case ValueKind::any:
      break;
  }
  return ":";
}

// zsh's text in single quotes, inside the brackets of a specification.
std::string zsh_text(const std::string& text) {
  std::string safe = replaced(text, "\\", "\\\\");
  for (const char* letter : {"[", "]", ":"}) safe = replaced(safe, letter, std::string("\\") + letter);
  return replaced(safe, "'", "'\\''");
}

std::string zsh_action(const OptionSpec& option) {
  switch (option.value) {
    case ValueKind::file:
      return "_files";
    case ValueKind::folder:
      return "_files -/";
    case ValueKind::run:
      return "_kindred_runs";
    case ValueKind::config_key:
      return "_kindred_keys";
    case ValueKind::choice:
      return "(" + joined(option.choices, " ") + ")";
    case ValueKind::none:
    case ValueKind::any:
      break;
  }
  return " ";
}

std::string function_name(const std::string& path) {
  return "_kindred" + (path.empty() ? "" : "_" + replaced(replaced(path, " ", "_"), "-", "_"));
}

std::string zsh_arguments(const CommandSpec& command) {
  std::string lines;
  for (const OptionSpec& option : command.options) {
    const std::string text = zsh_text(option.description);
    const std::string value =
        option.value == ValueKind::none ? "" : fmt::format(":{}:{}", zsh_text(option.value_name), zsh_action(option));
    for (const std::string& spelling : spellings(option)) {
      const std::string again = option.repeatable ? "*" : "";
      const char* sign = option.value == ValueKind::none ? "" : spelling.starts_with("--") ? "=" : "+";
      lines += fmt::format(" \\\n    '{}{}{}[{}]{}'", again, spelling, sign, text, value);
    }
    if (!option.positional.empty()) {
      lines += fmt::format(" \\\n    '{}:{}:{}'", option.repeatable ? "*" : "", zsh_text(option.positional),
                           zsh_action(option));
    }
  }
  return lines;
}

std::string fish_text(const std::string& text) { return replaced(replaced(text, "\\", "\\\\"), "'", "\\'"); }

std::string fish_values(const OptionSpec& option) {
  switch (option.value) {
    case ValueKind::file:
      return " -r -F";
    case ValueKind::folder:
      return " -x -a '(__fish_complete_directories)'";
    case ValueKind::run:
      return " -x -a '(__kindred_runs)'";
    case ValueKind::config_key:
      return " -x -a '(__kindred_keys)'";
    case ValueKind::choice:
      return fmt::format(" -x -a '{}'", joined(option.choices, " "));
    case ValueKind::any:
      return " -x";
    case ValueKind::none:
      break;
  }
  return "";
}

// Holds while this command, and none below it, is being typed.
std::string fish_condition(const CommandSpec& command) { return fmt::format("__kindred_is '{}'", command.path); }

}  // namespace

std::string bash_completion(const CommandSpec& program) {
  std::string paths;
  std::string values;
  std::string words;
  for (const CommandSpec* command : all_commands(program)) {
    if (!command->path.empty()) paths += fmt::format("      '{}') command='{}' ;;\n", command->path, command->path);
    std::string cases;
    std::vector<std::string> options;
    for (const OptionSpec& option : command->options) {
      const std::vector<std::string> all = spellings(option);
      options.insert(options.end(), all.begin(), all.end());
      if (option.value != ValueKind::none && !all.empty())
        cases += fmt::format("        {}) {}; return ;;\n", joined(all, "|"), bash_values(option));
    }
    if (!cases.empty())
      values += fmt::format("    '{}')\n      case $previous in\n{}      esac ;;\n", command->path, cases);
    std::vector<std::string> below;
    for (const CommandSpec& sub : command->commands) below.push_back(sub.name);
    const OptionSpec* positional = positional_of(*command);
    const std::string otherwise = !below.empty()          ? fmt::format("_kindred_words '{}'", joined(below, " "))
                                  : positional == nullptr ? std::string(":")
                                                          : bash_values(*positional);
    words += fmt::format("    '{}')\n      if [[ $current == -* ]]; then _kindred_words '{}'; else {}; fi ;;\n",
                         command->path, joined(options, " "), otherwise);
  }
  return fmt::format(R"bash(# bash completion for kindred: source <(kindred completion bash)
_kindred_words() {{ COMPREPLY=($(compgen -W "$1" -- "$current")); }}
_kindred_files() {{ compopt -o filenames; COMPREPLY=($(compgen -f -- "$current")); }}
_kindred_folders() {{ compopt -o filenames; COMPREPLY=($(compgen -d -- "$current")); }}
_kindred_runs() {{
  compopt -o filenames
  COMPREPLY=($(compgen -W "$(command ls runs 2> /dev/null)" -- "$current") $(compgen -d -- "$current"))
}}
_kindred_keys() {{ compopt -o nospace; _kindred_words '{}'; }}
_kindred() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}} command= i
  COMPREPLY=()
  # bash cuts "--option=value" at the sign.
  if [[ $current == = ]]; then
    current=
  elif [[ $previous == = ]]; then
    previous=${{COMP_WORDS[COMP_CWORD - 2]}}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "${{command:+$command }}${{COMP_WORDS[i]}}" in
{}    esac
  done
  case $command in
{}  esac
  case $command in
{}  esac
}}
complete -F _kindred kindred
)bash",
                     joined(config_keys(), "= ") + "=", paths, values, words);
}

std::string zsh_completion(const CommandSpec& program) {
  std::string text =
      "#compdef kindred\n# zsh completion for kindred: kindred completion zsh > a folder of $fpath/_kindred\n"
      "_kindred_runs() { local -a runs; runs=(runs/*(/N:t)); compadd -a runs; _files -/ }\n"
      "_kindred_keys() { compadd -S= -- " +
      joined(config_keys(), " ") + " }\n";
  for (const CommandSpec* command : all_commands(program)) {
    text += function_name(command->path) + "() {\n";
    if (command->commands.empty()) {
      text += "  _arguments -s" + zsh_arguments(*command) + "\n}\n";
      continue;
    }
    std::string names;
    std::string cases;
    for (const CommandSpec& below : command->commands) {
      names += fmt::format("\n    '{}:{}'", below.name, zsh_text(below.description));
      cases += fmt::format("    {}) {} ;;\n", below.name, function_name(below.path));
    }
    text +=
        "  local line state\n  _arguments -C" + zsh_arguments(*command) +
        " \\\n    '1: :->command' '*::argument:->arguments'\n  case $state in\n  command)\n    local -a commands=(" +
        names + ")\n    _describe command commands ;;\n  arguments)\n    case $line[1] in\n" + cases +
        "    esac ;;\n  esac\n}\n";
  }
  // Loaded by its first call, as a file of $fpath, or sourced.
  return text + "if [[ $funcstack[1] == _kindred ]]; then _kindred \"$@\"; else compdef _kindred kindred; fi\n";
}

std::string fish_completion(const CommandSpec& program) {
  std::vector<std::string> paths;
  for (const CommandSpec* command : all_commands(program)) {
    if (!command->path.empty()) paths.push_back("'" + command->path + "'");
  }
  std::string text = fmt::format(
      R"fish(# fish completion for kindred: kindred completion fish > ~/.config/fish/completions/kindred.fish
function __kindred_runs
    command ls runs 2>/dev/null
    __fish_complete_directories
end
function __kindred_keys
    string join \n {}
end
# Whether the command typed so far is this one.
function __kindred_is
    set -l typed
    for word in (commandline -opc)[2..-1]
        set -l longer (string join -- ' ' $typed $word)
        if contains -- $longer {}
            set typed $longer
        end
    end
    test "$typed" = "$argv[1]"
end
complete -c kindred -f
)fish",
      joined(config_keys(), "= ") + "=", joined(paths, " "));
  for (const CommandSpec* command : all_commands(program)) {
    const std::string here = fmt::format("complete -c kindred -n \"{}\"", fish_condition(*command));
    for (const CommandSpec& below : command->commands) {
      text += fmt::format("{} -a {} -d '{}'\n", here, below.name, fish_text(below.description));
    }
    for (const OptionSpec& option : command->options) {
      std::string names;
      for (const std::string& name : option.shorts) names += " -s " + name;
      for (const std::string& name : option.longs) names += " -l " + name;
      if (!names.empty())
        text += fmt::format("{}{}{} -d '{}'\n", here, names, fish_values(option), fish_text(option.description));
      if (option.positional.empty() || !command->commands.empty()) continue;
      if (option.value == ValueKind::file || option.value == ValueKind::folder) text += here + " -F\n";
      if (option.value == ValueKind::run) text += here + " -a '(__kindred_runs)'\n";
    }
  }
  return text;
}

}  // namespace kindred
