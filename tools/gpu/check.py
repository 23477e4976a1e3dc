# SPDX-License-Identifier: Apache-2.0
"""What tools/gpu_check.sh runs, once it has found the bundle and the libraries.

Stages (all, in this order, unless --stages names some; NAME=SECONDS sets a stage's limit):
  tests      every CUDA test case on the GPU; a skipped one counts as a failure
  sanitizer  compute-sanitizer's memcheck, racecheck, initcheck and synccheck over the same cases, at once
  bench      tools/gpu/benches.txt: times with shares of the measured roofs
  peers      implicit's GPU ALS and PyTorch's top-k on the same data
  quality    shipped configurations on the GPU and on the CPU: same objective, same metrics
  profile    Nsight Compute over one ALS iteration, kernel by kernel
Leaves OUT/gpu_check.json, OUT/gpu_check.md and OUT/logs.tar.gz. Exits 0 when every stage is as it should be, 1 when one
is not; results gathered so far are written after each stage.
"""

import argparse
import json
import os
import shutil
import sys
import tarfile
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import machine  # noqa: E402
import report  # noqa: E402
import stages  # noqa: E402


def chosen_stages(text: str) -> list[tuple[str, float]]:
    chosen = []
    for part in text.split(",") if text else stages.STAGES:
        name, _, limit = part.partition("=")
        if name not in stages.STAGES:
            raise SystemExit(f"gpu_check: no stage {name!r}; there are {', '.join(stages.STAGES)}")
        chosen.append((name, float(limit) if limit else stages.STAGES[name][1]))
    return chosen


def write(out: Path, results: dict) -> None:
    (out / "gpu_check.json").write_text(json.dumps(results, indent=1) + "\n")
    (out / "gpu_check.md").write_text(report.markdown(results))


def pack_logs(logs: Path, out: Path) -> None:
    with tarfile.open(out / "logs.tar.gz", "w:gz") as archive:
        archive.add(logs, arcname="logs")


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="gpu_check.sh", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bundle", type=Path, required=True, help="unpacked bundle")
    parser.add_argument("--out", type=Path, default=Path("gpu_check"))
    parser.add_argument("--stages", default="", metavar="NAME[=SECONDS],...")
    parser.add_argument("--quick", action="store_true", help="small sizes only")
    parser.add_argument("--limit", type=float, default=525, metavar="SECONDS", help="of everything (default 525)")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda", help="cpu: to try the scripts without a GPU")
    args = parser.parse_args()
    chosen = chosen_stages(args.stages)
    begin = time.monotonic()
    args.out.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix="gpu_check."))
    logs = scratch / "logs"
    logs.mkdir()
    environment = os.environ | {"KINDRED_DATA": str(args.bundle / "data")}
    commands = machine.Commands(logs, begin + args.limit, environment)
    plan = stages.Plan(args.bundle, scratch, args.device, args.quick, commands)
    results = {"machine": machine.describe(args.bundle), "device": args.device, "quick": args.quick, "stages": {}}
    print(f"gpu_check: {results['machine']['gpu'] or 'no GPU'}; commit {results['machine']['commit']}", flush=True)
    try:
        for name, limit in chosen:
            start = time.monotonic()
            limit = min(limit, commands.left())
            found = stages.STAGES[name][0](plan, limit) if limit > 1 else {"ok": False, "not_reached": True}
            results["stages"][name] = {"seconds": round(time.monotonic() - start, 1), **found}
            write(args.out, results)
            print(f"gpu_check: {name}: {'ok' if found['ok'] else 'NOT OK'}, {time.monotonic() - start:.0f} s", flush=True)
    finally:
        pack_logs(logs, args.out)
        shutil.rmtree(scratch, ignore_errors=True)
    print((args.out / "gpu_check.md").read_text())
    return 0 if all(stage["ok"] for stage in results["stages"].values()) else 1


if __name__ == "__main__":
    sys.exit(main())
