#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the shells offer is what --help says: complete.sh KINDRED. bash always; zsh and fish where they are installed,
# else a line says that they were passed over. man's renderer reads the manual page where it is installed.
set -euo pipefail
kindred=$1
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
cd "$folder"
mkdir -p runs/shop runs/shoes
touch shop.yaml
failures=0
for shell in bash zsh fish; do "$kindred" completion $shell > completion.$shell; done

expect() {  # NAME EXPECTED FOUND
  if [[ $2 != "$3" ]]; then
    printf '%s\n  expected %s\n  found    %s\n' "$1" "$2" "$3"
    failures=$((failures + 1))
  fi
}
# Names of sub-commands and long options, by the help.
commands_of() { "$kindred" "$@" --help | sed -n '/^Subcommands:/,/^[A-Z]/p' | awk '/^  [a-z]/ { print $1 }' | sort | xargs; }
options_of() { "$kindred" "$@" --help | grep -oE '^ +(-[a-zA-Z],)?--[a-z-]+' | grep -oE -- '--[a-z-]+' | sort -u | xargs; }

# bash, as readline calls it: the last word is being typed.
in_bash() {
  bash -c 'compopt() { :; }; source completion.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _kindred
           ((${#COMPREPLY[@]})) && printf "%s\n" "${COMPREPLY[@]}"' bash "$@" | sort -u | xargs
}
in_fish() { fish --no-config -c "source completion.fish; complete -C '$*'" 2>&1 | cut -f1 | sort -u | xargs; }

all_commands=$(commands_of)
[[ $(wc -w <<< "$all_commands") -gt 10 ]]
expect "bash: commands" "$all_commands" "$(in_bash kindred '')"
expect "bash: part of a command" "recommend report" "$(in_bash kindred re)"
expect "bash: sub-commands" "$(commands_of config)" "$(in_bash kindred config '')"
for command in $all_commands; do
  [[ $command == config ]] && continue
  expect "bash: options of $command" "$(options_of "$command")" "$(in_bash kindred "$command" --)"
done
expect "bash: values" "json" "$(in_bash kindred train --log-format j)"
expect "bash: values after the sign" "json" "$(in_bash kindred train --log-format = j)"
expect "bash: files" "shop.yaml" "$(in_bash kindred train sh)"
expect "bash: keys" "model.factors=" "$(in_bash kindred train --set model.fac)"
expect "bash: runs" "shoes shop" "$(in_bash kindred report sh)"
expect "bash: shells" "zsh" "$(in_bash kindred completion z)"

if command -v fish > /dev/null; then
  expect "fish: commands" "$all_commands" "$(in_fish 'kindred ')"
  expect "fish: sub-commands" "$(commands_of config)" "$(in_fish 'kindred config ')"
  for command in $all_commands; do
    [[ $command == config ]] && continue
    expect "fish: options of $command" "$(options_of "$command")" "$(in_fish "kindred $command --")"
  done
  expect "fish: values" "json" "$(in_fish 'kindred train --log-format j')"
  expect "fish: keys" "model.factors=" "$(in_fish 'kindred train --set model.fac')"
else
  echo "fish is not installed: passed over"
fi

if command -v zsh > /dev/null; then
  zsh -n completion.zsh || failures=$((failures + 1))
  # A terminal of zsh's own, in which Tab is pressed.
  cat > press_tab.zsh <<'ZSH'
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PS1=; autoload -U compinit; compinit -D -u; source completion.zsh; zstyle ":completion:*" list-prompt ""; print ready'
while zpty -r shell line; do [[ $line == ready* ]] && break; done
zpty -n -w shell "$1"$'\t'
sleep 1
zpty -n -w shell $'\x03'
while zpty -rt shell line; do print -r -- "$line"; done
zpty -d shell
ZSH
  in_zsh() { zsh -f press_tab.zsh "$1" | tr -d '\r'; }
  found=$(in_zsh 'kindred tra')
  [[ $found == *"kindred train"* ]] || { echo "zsh: command: found $found"; failures=$((failures + 1)); }
  found=$(in_zsh 'kindred train --log-format j')
  [[ $found == *"--log-format json"* ]] || { echo "zsh: values: found $found"; failures=$((failures + 1)); }
  found=$(in_zsh 'kindred config val')
  [[ $found == *"config validate"* ]] || { echo "zsh: sub-command: found $found"; failures=$((failures + 1)); }
else
  echo "zsh is not installed: passed over"
fi

"$kindred" man > kindred.1
for command in $all_commands; do
  page_name=$(sed 's/-/\\-/g' <<< "$command")  # as roff writes it
  grep -qF ".SS kindred $page_name" kindred.1 || { echo "the manual page lacks $command"; failures=$((failures + 1)); }
done
if command -v man > /dev/null; then
  complaints=$(man --warnings -l kindred.1 2>&1 > kindred.txt)
  expect "man's complaints" "" "$complaints"
else
  echo "man is not installed: passed over"
fi
[[ $failures -eq 0 ]] && echo "the shells offer what --help says"
exit $((failures > 0))
