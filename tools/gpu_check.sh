#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Everything to be learned on a machine with a GPU, in one command of less than 9 minutes; no internet, no build.
#   tools/gpu_check.sh [--bundle DIR] [--wheels DIR] [--out DIR] [--stages NAME[=SECONDS],...] [--quick] [--limit SECONDS]
# DIR of --bundle is what tools/gpu_bundle.sh made (default: build/gpu_bundle), --wheels holds the peers' wheels, --help
# lists the stages. Expected of the machine: the driver, libcudart, cuBLAS and cuSOLVER of CUDA 13, and python3.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bundle=$root/build/gpu_bundle
wheels=
arguments=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --bundle) bundle=${2:?--bundle needs a folder}; shift 2 ;;
    --wheels) wheels=${2:?--wheels needs a folder}; shift 2 ;;
    *) arguments+=("$1"); shift ;;
  esac
done
for argument in "${arguments[@]}"; do
  if [[ $argument == -h || $argument == --help ]]; then
    sed -n '3,7s/^# //p' "${BASH_SOURCE[0]}"
    exec python3 "$root/tools/gpu/check.py" --help
  fi
done

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
if [[ -f $bundle/kindred_gpu.tar.xz ]]; then
  python3 -W ignore -c 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])' \
    "$bundle/kindred_gpu.tar.xz" "$scratch/bundle"
  bundle=$scratch/bundle
fi
if [[ ! -x $bundle/bin/kindred ]]; then
  echo "gpu_check.sh: $bundle holds no bundle; make one with tools/gpu_bundle.sh" >&2
  exit 2
fi

# CUDA's libraries: the toolkit's folders, then those of pip's nvidia packages beside the python3 that is first on PATH.
folders=()
for folder in /usr/local/cuda/lib64 /usr/local/cuda-13*/lib64 /usr/local/cuda-13*/lib /usr/local/cuda-13*/targets/*/lib; do
  [[ -e $folder/libcudart.so.13 ]] && folders+=("$folder")
done
while IFS= read -r folder; do
  folders+=("$folder")
done < <(python3 - <<'PY'
import pathlib, site, sysconfig
for base in dict.fromkeys([sysconfig.get_paths()["purelib"], *site.getsitepackages()]):
    for folder in sorted({file.parent for file in pathlib.Path(base).glob("nvidia/*/lib/*.so.*")}):
        print(folder)
PY
)
LD_LIBRARY_PATH=$(IFS=:; echo "${folders[*]}")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH
if ldd "$bundle/bin/kindred" | grep 'not found' >&2; then
  echo "gpu_check.sh: these libraries are expected of the machine; searched: ${folders[*]:-no folder with libcudart.so.13}" >&2
  exit 2
fi

# compute-sanitizer and ncu, where they are installed but not on the PATH.
for folder in /usr/local/cuda/bin /usr/local/cuda-13*/bin /opt/nvidia/nsight-compute/*; do
  [[ -d $folder ]] && PATH=$PATH:$folder
done
export PATH

if [[ -n $wheels ]]; then
  python3 -m pip install --quiet --no-index --no-deps --no-compile --no-cache-dir --target "$scratch/site" "$wheels"/*.whl
  export PYTHONPATH=$scratch/site${PYTHONPATH:+:$PYTHONPATH}
fi
# The bundle's OpenBLAS is Debian 12's: on processors newer than itself it must be told which of its kernels to take.
export OPENBLAS_CORETYPE=${OPENBLAS_CORETYPE:-Haswell}
status=0
python3 "$root/tools/gpu/check.py" --bundle "$bundle" "${arguments[@]}" || status=$?
exit $status
