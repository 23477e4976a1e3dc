# SPDX-License-Identifier: Apache-2.0
"""The stages of tools/gpu_check.sh. Each takes its time limit and gives back what goes into the JSON."""

import csv
import importlib.util
import json
import re
import shlex
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from machine import Commands

CUDA_CASES = "*cuda*:*Cuda*:*CUDA*"
# racecheck and synccheck look at one kernel at a time: Kindred's own are enough, and cuBLAS's would take long.
# initcheck must see the writes of all.
OURS = ["--kernel-name", "kns=kindred"]
# Tests of faults make calls that must fail: memcheck does not count these.
SANITIZERS = {"memcheck": ["--track-stream-ordered-races", "all", "--report-api-errors", "no"], "racecheck": OURS, "initcheck": [], "synccheck": OURS}


@dataclass
class Plan:
    bundle: Path
    scratch: Path
    device: str
    quick: bool
    commands: Commands

    def test_programs(self) -> list[Path]:
        """Those with a case for the device."""
        programs = []
        for program in sorted((self.bundle / "tests").glob("*_test")):
            done = self.commands.run(
                f"list-{program.name}", [str(program), "--gtest_list_tests", f"--gtest_filter={CUDA_CASES}"], 20
            )
            if done.exit != 0 or any(line.startswith("  ") for line in done.output.splitlines()):
                programs.append(program)  # one that cannot even list its cases fails when it is run
        return programs


def tests(plan: Plan, limit_s: float) -> dict:
    end = time.monotonic() + limit_s
    programs = {}
    for program in plan.test_programs():
        report = plan.scratch / f"{program.name}.json"
        argv = [str(program), f"--gtest_filter={CUDA_CASES}", f"--gtest_output=json:{report}"]
        done = plan.commands.run(f"test-{program.name}", argv, end - time.monotonic())
        result = done.summary() | {"passed": 0, "skipped": 0, "failed": []}
        if report.exists():
            cases = [case for suite in json.loads(report.read_text())["testsuites"] for case in suite["testsuite"]]
            for case in cases:
                name = f"{case['classname']}.{case['name']}"
                if case.get("failures"):
                    result["failed"].append(name)
                elif case.get("result") == "SKIPPED":
                    result["skipped"] += 1
                else:
                    result["passed"] += 1
        if done.exit != 0:
            result["tail"] = done.tail()
        programs[program.name] = result
    # Skipped is not passed: on a GPU machine every case must run.
    ok = bool(programs) and all(p["exit"] == 0 and not p["skipped"] for p in programs.values())
    return {"ok": ok, "programs": programs}


def sanitizer(plan: Plan, limit_s: float) -> dict:
    """The four tools of compute-sanitizer at once, each over all test programs, the ones not reached are named."""
    if shutil.which("compute-sanitizer") is None:
        return {"ok": False, "absent": "compute-sanitizer is not on the PATH"}
    end = time.monotonic() + limit_s
    programs = plan.test_programs()

    def run_tool(tool: str) -> dict:
        runs = {}
        for program in programs:
            left = end - time.monotonic()
            if left < 2:
                runs[program.name] = {"exit": None, "errors": None, "not_reached": True}
                continue
            argv = ["compute-sanitizer", "--tool", tool, "--error-exitcode", "99", "--print-limit", "20", *SANITIZERS[tool]]
            argv += [str(program), f"--gtest_filter={CUDA_CASES}"]
            done = plan.commands.run(f"{tool}-{program.name}", argv, left)
            found = re.findall(r"(?:ERROR|RACECHECK) SUMMARY: (\d+)", done.output)
            runs[program.name] = done.summary() | {"errors": int(found[-1]) if found else None}
            if done.exit != 0:
                runs[program.name]["tail"] = done.tail()
        return runs

    with ThreadPoolExecutor(len(SANITIZERS)) as pool:
        tools = dict(zip(SANITIZERS, pool.map(run_tool, SANITIZERS)))
    ok = bool(programs) and all(run["exit"] == 0 for runs in tools.values() for run in runs.values())
    return {"ok": ok, "tools": tools}


def read_benches(path: Path) -> list[tuple[bool, str, float, str]]:
    benches = []
    for line in path.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        quick = line.startswith("quick ")
        name, limit, command = line.removeprefix("quick").split(None, 2)
        benches.append((quick, name, float(limit), command))
    return benches


def bench(plan: Plan, limit_s: float) -> dict:
    end = time.monotonic() + limit_s
    runs, roofs = {}, ""  # the roofs that als_bench has measured are handed to its later runs
    for quick, name, own_limit, command in read_benches(Path(__file__).parent / "benches.txt"):
        if plan.quick and not quick:
            continue
        filled = command.replace("{device}", plan.device).replace("@", f"{plan.bundle}/").replace("{roofs}", roofs)
        done = plan.commands.run(f"bench-{name}", shlex.split(filled), min(own_limit, end - time.monotonic()))
        runs[name] = done.summary() | {"command": command, "results": done.json_lines()}
        if done.exit != 0:
            runs[name]["tail"] = done.tail()
        for record in runs[name]["results"]:
            if "roofs" in record and not roofs:
                roofs = "--roofs " + ",".join(str(value) for value in record["roofs"].values())
    return {"ok": all(run["exit"] == 0 for run in runs.values()), "runs": runs}


def peers(plan: Plan, limit_s: float) -> dict:
    """implicit on the matrix, the weights and the number of iterations that Kindred has; PyTorch's product and top-k.
    A peer that is not installed is named, and is no failure."""
    end = time.monotonic() + limit_s
    absent = [module for module in ("implicit", "torch") if importlib.util.find_spec(module) is None]
    result = {"ok": True, "absent_peers": absent, "runs": {}, "comparison": []}
    scripts = Path(__file__).parents[1] / "peers"

    def run(name: str, argv: list[str], own_limit_s: float = 1e9) -> list[dict]:
        done = plan.commands.run(f"peers-{name}", argv, min(own_limit_s, end - time.monotonic()))
        result["runs"][name] = done.summary() | {"results": done.json_lines()}
        if done.exit != 0:
            result["runs"][name]["tail"] = done.tail()
            result["ok"] = False
        return done.json_lines()

    if "torch" not in absent:
        run("torch", [sys.executable, str(scripts / "topk_gpu_torch.py"), "--device", plan.device], 30.0)
    if "implicit" in absent:
        return result
    confidence, regularization, iterations = 10.0, 0.1, 15
    factors = ["128"] if plan.quick else ["128", "256"]
    folder = plan.scratch / "peers"
    matrix = ["--shape", "ml20m", "--share", "0.1" if plan.quick else "1"]
    # Hu, Koren and Volinsky's objective, divided by the confidence.
    form = ["--form", "hu_koren_volinsky", "--nu", "0", "--a0", str(1 / confidence)]
    form += ["--lambda", str(regularization / confidence)]
    ours = [str(plan.bundle / "bench" / "als_bench"), "--device", plan.device, *matrix, *form, "--solver", "auto"]
    ours += ["--factors", ",".join(factors), "--warmup", "1", "--iterations", str(iterations - 1), "--json"]
    kindred = {r["factors"]: r for r in run("kindred", [*ours, "--save-csr", str(folder), "--save", str(folder)])}
    theirs = [sys.executable, str(scripts / "als_gpu_implicit.py"), "--folder", str(folder), "--shape", "ml20m"]
    theirs += ["--device", plan.device, "--factors", *factors, "--confidence", str(confidence)]
    for record in run("implicit", [*theirs, "--regularization", str(regularization), "--iterations", str(iterations)]):
        own = kindred[record["factors"]]
        result["comparison"].append(
            {
                "factors": record["factors"],
                "kindred_s": own["iteration_s"],
                "implicit_s": record["iteration_s"],
                "times_faster": record["iteration_s"] / own["iteration_s"],
                "objective_kindred": record["objective_kindred"],
                "objective_implicit": record["objective"],
            }
        )
    shutil.rmtree(folder, ignore_errors=True)
    return result


def train(plan: Plan, name: str, config: str, device: str, limit_s: float) -> tuple[dict, dict | None]:
    argv = [str(plan.bundle / "bin" / "kindred"), "train", str(plan.bundle / "configs" / config), "--quiet", "--json"]
    for setting in (f"device={device}", f"run.output={plan.scratch / 'runs'}", f"data.prepared={plan.bundle / 'cache'}"):
        argv += ["--set", setting]
    done = plan.commands.run(name, argv, limit_s)
    begin = done.output.find("\n{")
    try:
        found = json.JSONDecoder().raw_decode(done.output[begin + 1 :])[0] if done.exit == 0 and begin >= 0 else None
    except json.JSONDecodeError:
        found = None
    return done.summary() | ({} if found else {"tail": done.tail()}), found


def quality(plan: Plan, limit_s: float) -> dict:
    """The same configurations on the GPU and on the CPU: objectives within 1e-4, metrics within the bootstrap interval."""
    end = time.monotonic() + limit_s
    configs = ["als_ml1m.yaml", "als_gowalla.yaml"]
    runs = {}
    for config in configs:
        about, results = {}, {}
        for device in (plan.device, "cpu"):
            name = f"quality-{Path(config).stem}-{device}"
            about[device], found = train(plan, name, config, device, end - time.monotonic())
            if found:
                results[device] = found
                about[device] |= {key: found.get(key) for key in ("objective", "metrics", "timing_s")}
        record = {"runs": about, "agree": False}
        if plan.device in results and "cpu" in results:
            gpu, cpu = results[plan.device], results["cpu"]
            record["objective_difference"] = abs(gpu["objective"] - cpu["objective"]) / abs(cpu["objective"])
            record["outside"] = [
                metric
                for metric, value in cpu["metrics"]["test"].items()
                if value["ci95"] and not value["ci95"][0] <= gpu["metrics"]["test"][metric]["value"] <= value["ci95"][1]
            ]
            record["agree"] = record["objective_difference"] <= 1e-4 and not record["outside"]
        runs[config] = record
    return {"ok": all(record["agree"] for record in runs.values()), "configs": runs}


METRICS = ["gpu__time_duration.sum", "dram__bytes.sum", "sm__inst_executed_pipe_tensor.sum"]


def profile(plan: Plan, limit_s: float) -> dict:
    """Nsight Compute over one iteration: where the time goes, kernel by kernel, and the bytes that each moved."""
    if shutil.which("ncu") is None:
        return {"ok": False, "absent": "ncu is not on the PATH"}
    argv = ["ncu", "--clock-control", "none", "--csv", "--page", "raw", "--metrics", ",".join(METRICS)]
    argv += [str(plan.bundle / "bench" / "als_bench"), "--device", plan.device, "--shape", "ml20m", "--solver", "dual"]
    argv += ["--factors", "128", "--warmup", "0", "--iterations", "1", "--json"]
    argv += ["--roofs", "1,1,1"]  # measuring them would be in the profile
    done = plan.commands.run("profile-als-128", argv, limit_s)
    kernels = kernel_times(done.output)
    tail = {} if done.exit == 0 and kernels else {"tail": done.tail()}
    return {"ok": not tail, **done.summary(), "kernels": kernels, **tail}


def kernel_times(output: str) -> list[dict]:
    """Sums over the launches of each kernel, the longest first, from ncu's CSV."""
    lines = output.splitlines()
    start = next((at for at, line in enumerate(lines) if line.startswith('"ID"')), None)
    if start is None:
        return []
    rows = list(csv.DictReader(line for line in lines[start:] if line.startswith('"')))
    units, kernels = rows[0], {}
    scale = {"ns": 1e-6, "nsecond": 1e-6, "us": 1e-3, "usecond": 1e-3, "ms": 1.0, "msecond": 1.0, "s": 1e3}
    size = {"byte": 1e-9, "Kbyte": 1e-6, "Mbyte": 1e-3, "Gbyte": 1.0, "Tbyte": 1e3}
    number = lambda text: float(text.replace(",", "") or 0)  # noqa: E731
    for row in rows[1:]:
        kernel = kernels.setdefault(row["Kernel Name"][:120], {"launches": 0, "ms": 0.0, "gbytes": 0.0, "tensor": 0.0})
        kernel["launches"] += 1
        kernel["ms"] += number(row[METRICS[0]]) * scale.get(units[METRICS[0]], 0.0)
        kernel["gbytes"] += number(row[METRICS[1]]) * size.get(units[METRICS[1]], 0.0)
        kernel["tensor"] += number(row[METRICS[2]])
    found = [{"kernel": name, **sums} for name, sums in kernels.items()]
    return sorted(found, key=lambda kernel: -kernel["ms"])


STAGES = {"tests": (tests, 90), "sanitizer": (sanitizer, 120), "bench": (bench, 240), "peers": (peers, 120),
          "quality": (quality, 60), "profile": (profile, 60)}
