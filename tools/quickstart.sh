#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From nothing to recommendations: installs packages, builds, makes data, trains, evaluates, recommends, exports.
#   tools/quickstart.sh             on a synthetic shop, whose best possible result is known
#   tools/quickstart.sh FILE.csv    on your own log: user, item, optionally timestamp and weight (header or order)
# Can be run again: it does only what is missing.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

usage() { sed -n '3,6s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }
case "${1:-}" in
  -h | --help) usage; exit 0 ;;
  -*) usage >&2; exit 2 ;;
esac
[[ $# -le 1 ]] || { usage >&2; exit 2; }
own_csv=""
if [[ $# -eq 1 ]]; then
  [[ -f "$1" && -r "$1" ]] || { echo "quickstart: $1 is no file that can be read" >&2; exit 2; }
  own_csv=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
fi
cd "$root"
folder=build/quickstart
mkdir -p "$folder"
log=$folder/quickstart.log
: >"$log"
kindred=build/cpu/bin/kindred

# Runs a command with its output in the log; on a terminal shows the log's last line meanwhile.
logged() {
  echo "+ $*" >>"$log"
  "$@" >>"$log" 2>&1 &
  local pid=$! status=0
  if [[ -t 1 ]]; then
    while kill -0 "$pid" 2>/dev/null; do
      printf '\r\033[K      %.90s' "$(tail -n 1 "$log" | tr -d '\r\033' || true)"
      sleep 0.5
    done
    printf '\r\033[K'
  fi
  wait "$pid" || status=$?
  if [[ $status -ne 0 ]]; then
    {
      echo
      echo "This failed: $*"
      echo "The end of $root/$log:"
      tail -n 25 "$log" | sed 's/^/  | /'
    } >&2
    exit "$status"
  fi
}
started=$SECONDS
step() { printf '%-4s %s\n' "$1" "$2"; }

step 1/6 "Packages and libraries (tools/packages.txt)"
logged tools/setup.sh build

step 2/6 "Build (the first time takes some minutes)"
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=true
# Tests need one package more; they are built by tools/test.sh.
[[ -f build/cpu/build.ninja ]] || logged cmake --preset cpu -DKINDRED_TESTS=OFF
logged cmake --build --preset cpu --target kindred

if [[ -n "$own_csv" ]]; then
  step 3/6 "Configuration for $own_csv"
  name=$(basename "$own_csv" | tr '[:upper:]' '[:lower:]' | tr -cs 'a-z0-9\n' '-' | sed 's/^-*//; s/-*$//')
  config=$folder/$name.yaml
  events=$own_csv
  if [[ -f "$config" ]]; then
    echo "     $config is there already and is kept as it is"
  else
    python3 tools/csv_config.py "$own_csv" "$config" --name "$name"
  fi
else
  step 3/6 "Data: a synthetic shop of 10,000 users and 2,000 items"
  config=configs/als_smoke.yaml
  events=$folder/events.csv
  if [[ ! -f "$events" || ! -f "$folder/events.truth.json" ]]; then
    logged "$kindred" synth --users 1e4 --items 2e3 --events 3e5 -o "$events"
  fi
fi

step 4/6 "Prepare, train and evaluate ($config)"
# A finished run of the same program, configuration and events is kept.
state=$(cat "$config" "$kindred" <(ls -l --time-style=full-iso "$events") | cksum)
memory=$folder/$(basename "$config" .yaml).last-run
run=""
if [[ -f "$memory" && "$(head -n 1 "$memory")" == "$state" ]]; then run=$(sed -n 2p "$memory"); fi
if [[ -z "$run" || ! -f "$run/result.json" ]]; then
  logged "$kindred" train "$config"
  run=$(sed -n 's/^run folder  *//p' "$log" | tail -n 1)
  printf '%s\n%s\n' "$state" "$run" >"$memory"
fi
[[ -f "$run/result.json" ]] || { echo "quickstart: no result in '$run'; see $log" >&2; exit 1; }
if [[ -n "$own_csv" ]]; then
  python3 tools/show_result.py "$run/result.json"
else
  python3 tools/show_result.py "$run/result.json" --truth "$folder/events.truth.json"
fi

step 5/6 "Recommendations"
user=$(python3 tools/csv_config.py "$events" --first-user)
"$kindred" recommend "$run" --user "$user" -k 5 --quiet 2>>"$log" | sed 's/^/     /'

step 6/6 "Export for serving, and its check ($run/export)"
[[ -d "$run/export" ]] || logged "$kindred" export "$run"
"$kindred" serve-check "$run/export" | sed 's/^/     /'

cat <<END

Done in $((SECONDS - started)) s. Everything is here:
     program         $root/$kindred
     configuration   $root/$config
     events          $(realpath "$events")
     run             $(realpath "$run")
     export          $(realpath "$run")/export (docs/export.md; examples/ serves it)
     log             $root/$log
Next:
     export PATH=$root/build/cpu/bin:\$PATH; cd $root
     kindred recommend $run --user $user -k 10 --explain
     kindred train $config --set model.factors=128
     kindred --help
END
