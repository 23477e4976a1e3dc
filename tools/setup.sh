#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what Kindred needs to build, and only what is missing; says nothing where nothing is.
#   tools/setup.sh [SECTION...]    sections of tools/packages.txt: build (default), test, lint, tidy
#   tools/setup.sh --list [SECTION...]   prints the packages
# As root on Debian 12 it installs with apt. Elsewhere it names the missing packages and exits 2.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

list_only=false
if [[ "${1:-}" == --list ]]; then
  list_only=true
  shift
fi
sections=("$@")
[[ ${#sections[@]} -gt 0 ]] || sections=(build)

# "package probe" lines of one section.
section_lines() {
  awk -v wanted="[$1]" '/^#/ || NF == 0 {next} /^\[/ {inside = ($0 == wanted); found = found || inside; next}
    inside {print $1, $2} END {if (!found) exit 1}' "$root/tools/packages.txt" || {
    echo "setup.sh: tools/packages.txt has no section [$1]" >&2
    exit 2
  }
}

header_exists() {
  local folder
  for folder in /usr/include /usr/local/include /usr/include/*-linux-gnu /usr/include/openblas "${CPATH:-/nowhere}"; do
    [[ -e "$folder/$1" ]] && return 0
  done
  return 1
}

is_installed() {  # package probe
  if command -v dpkg-query >/dev/null; then
    [[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null || true)" == installed ]]
    return
  fi
  case "$2" in
    command:*) command -v "${2#*:}" >/dev/null ;;
    header:*) header_exists "${2#*:}" ;;
    pkgconfig:*) command -v pkg-config >/dev/null && pkg-config --exists "${2#*:}" ;;
    file:*) [[ -e "${2#*:}" ]] ;;
  esac
}

missing=()
for section in "${sections[@]}"; do
  lines=$(section_lines "$section")
  while read -r package probe; do
    if $list_only; then
      echo "$package"
    elif ! is_installed "$package" "$probe"; then
      missing+=("$package")
    fi
  done <<<"$lines"
done
$list_only && exit 0

is_debian_12() {
  [[ -r /etc/os-release ]] && (. /etc/os-release && [[ "${ID:-}" == debian && "${VERSION_ID:-}" == 12 ]])
}

if [[ ${#missing[@]} -gt 0 ]]; then
  if ! is_debian_12 || [[ $(id -u) -ne 0 ]]; then
    {
      echo "Kindred needs these packages, which are not installed:"
      printf '  %s\n' "${missing[@]}"
      if is_debian_12; then
        echo "Install them and run this again:"
        echo "  sudo apt-get install --no-install-recommends ${missing[*]}"
      else
        echo "These are Debian 12's names. Install the same from your system's packages and run this again."
      fi
    } >&2
    exit 2
  fi
  echo "Installing ${#missing[@]} packages: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

# Apache Arrow: a system installation is taken first; else the libraries of the pyarrow wheel, unpacked for us alone.
arrow=$root/.deps/arrow
version=$(sed -n 's/^pyarrow==\([0-9.]*\).*/\1/p' "$root/tools/arrow_wheel.txt")
system_arrow() { command -v pkg-config >/dev/null && pkg-config --exists arrow parquet; }
if ! system_arrow && [[ ! -d "$arrow/pyarrow-$version.dist-info" ]]; then
  echo "Fetching Apache Arrow $version (the pyarrow wheel, 50 MB)"
  mkdir -p "$root/.deps"
  scratch=$(mktemp -d "$root/.deps/fetch.XXXXXX")
  trap 'rm -rf "$scratch"' EXIT
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.11 \
    --platform "manylinux_2_28_$(uname -m)" --require-hashes --requirement "$root/tools/arrow_wheel.txt" \
    --dest "$scratch"
  mkdir "$scratch/unpacked"
  python3 -m zipfile -e "$scratch"/pyarrow-*.whl "$scratch/unpacked"
  # Moved into place whole, so that a run cut short leaves nothing that looks complete.
  rm -rf "$arrow"
  mv "$scratch/unpacked" "$arrow"
fi
