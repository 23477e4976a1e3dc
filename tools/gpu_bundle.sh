#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds what tools/gpu_check.sh runs on a machine with a GPU and nothing else: programs, CUDA tests and benches of the
# `cuda` preset with third-party code linked in, shipped configurations, the data they need, prepared.
#   tools/gpu_bundle.sh [--out DIR] [--build DIR] [--preset NAME] [--jobs N] [--wheels DIR]
# Leaves DIR/kindred_gpu.tar.xz (default: build/gpu_bundle), well below 60 MB. KINDRED_DATA names the folder of the data
# sets (default: ../shared/data). --wheels also downloads the wheels of the GPU peers (tools/peers/requirements_gpu.txt)
# for Python 3.12. --preset cpu makes a bundle to try the scripts with, where there is no nvcc.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
out=$root/build/gpu_bundle
build=
preset=cuda
jobs=$(nproc)
wheels=
while [[ $# -gt 0 ]]; do
  case $1 in
    --out) out=${2:?--out needs a folder}; shift 2 ;;
    --build) build=${2:?--build needs a folder}; shift 2 ;;
    --preset) preset=${2:?--preset needs a name}; shift 2 ;;
    --jobs) jobs=${2:?--jobs needs a number}; shift 2 ;;
    --wheels) wheels=${2:?--wheels needs a folder}; shift 2 ;;
    -h | --help) sed -n '3,8s/^# //p' "${BASH_SOURCE[0]}"; exit 0 ;;
    *) echo "gpu_bundle.sh: unknown option $1; --help lists them" >&2; exit 2 ;;
  esac
done
build=${build:-$root/build/$preset-bundle}
data=${KINDRED_DATA:-$root/../shared/data}
cd "$root"

cmake --preset "$preset" -B "$build" -DKINDRED_COLUMNAR=OFF -DKINDRED_FAISS=OFF -DKINDRED_STATIC_LIBRARIES=ON >/dev/null
# The tests of kernels/ and trainer/ (but those of Parquet and faiss): those of tests/ know the build's folders.
mapfile -t tests < <(grep -rhoP --include=CMakeLists.txt 'kindred_add_test\(\K[a-z_]+' kernels trainer | grep -vE '^(parquet|item_index)_test$')
mapfile -t benches < <(grep -rhoP --include=CMakeLists.txt 'kindred_add_bench\(\K[a-z_]+' kernels trainer)
cmake --build "$build" -j "$jobs" --target kindred "${tests[@]}" "${benches[@]}"

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
mkdir -p "$stage"/{bin,tests,bench,lib,configs,data,prepared}
git describe --always --dirty --abbrev=12 --exclude='*' > "$stage/COMMIT" 2>/dev/null || echo unknown > "$stage/COMMIT"
install -s "$build/bin/kindred" "$stage/bin/"
for test in "${tests[@]}"; do
  # Those that have cases for the GPU, or cannot list their cases here.
  listed=$("$build/tests/$test" --gtest_list_tests --gtest_filter='*cuda*:*Cuda*:*CUDA*' 2>/dev/null) || listed='  unknown'
  if grep -q '^  ' <<<"$listed"; then install -s "$build/tests/$test" "$stage/tests/"; fi
done
for bench in "${benches[@]}"; do install -s "$build/bench/$bench" "$stage/bench/"; done
install -m 644 "$(ldd "$build/bin/kindred" | awk '/libhwy/ {print $3}')" "$stage/lib/"
cp configs/*.yaml "$stage/configs/"

for file in ml-1m/ratings_uir.csv.zst gowalla-lightgcn/train.txt.zst gowalla-lightgcn/test.txt.zst ml-100k/u.data.zst; do
  install -D -m 644 "$data/$file" "$stage/data/$file"
done
for config in ml1m gowalla; do
  folder=$(KINDRED_DATA=$stage/data "$build/bin/kindred" prepare "configs/als_$config.yaml" --quiet --json \
    --set data.prepared="$stage/cache" --set device=cpu |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["fingerprint"])')
  ln -s "../cache/$folder" "$stage/prepared/$config"
done

mkdir -p "$out"
# A dictionary that reaches back over a whole program: all have the same BLAS in them.
tar -C "$stage" --sort=name --owner=0 --group=0 -cf - . | xz -T1 --lzma2=preset=4,dict=96MiB > "$out/kindred_gpu.tar.xz"
if [[ -n $wheels ]]; then
  mkdir -p "$wheels"
  platforms=(--platform=manylinux_2_{28,27,24,17}_x86_64 --platform=manylinux2014_x86_64)
  python3 -m pip download --quiet --no-deps --only-binary=:all: --python-version 3.12 --implementation cp \
    "${platforms[@]}" --dest "$wheels" -r tools/peers/requirements_gpu.txt
fi
bytes=$(stat -c %s "$out/kindred_gpu.tar.xz")
echo "gpu_bundle.sh: $out/kindred_gpu.tar.xz, $((bytes / 1000)) kB, unpacked $(du -sm "$stage" | cut -f1) MiB"
if ((bytes > 60000000)); then
  echo "gpu_bundle.sh: larger than the 60 MB that a bundle may have" >&2
  exit 1
fi
