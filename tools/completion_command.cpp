// SPDX-License-Identifier: Apache-2.0
// kindred completion and kindred man: made from the commands of this very program.
#include "tools/command_spec.h"
#include "tools/commands.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

namespace kindred {

void add_completion_command(CLI::App& app) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("completion", "Completion of the command line for bash, zsh or fish");
  command->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->type_name("bash|zsh|fish");
  command->footer(
      "Examples:\n"
      "  source <(kindred completion bash)          in ~/.bashrc\n"
      "  kindred completion zsh > ~/.zfunc/_kindred      with ~/.zfunc in $fpath\n"
      "  kindred completion fish > ~/.config/fish/completions/kindred.fish\n");
  command->callback([shell, &app] {
    const CommandSpec program = command_spec(app);
    fmt::print("{}", *shell == "bash"  ? bash_completion(program)
                     : *shell == "zsh" ? zsh_completion(program)
                                       : fish_completion(program));
  });

  CLI::App* man = app.add_subcommand("man", "The manual page, for man(1)");
  man->footer(
      "Examples:\n"
      "  kindred man | man -l -\n"
      "  kindred man > /usr/local/share/man/man1/kindred.1\n");
  man->callback([&app] { fmt::print("{}", manual_page(command_spec(app))); });
}

}  // namespace kindred
