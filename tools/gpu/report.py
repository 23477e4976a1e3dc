# SPDX-License-Identifier: Apache-2.0
"""gpu_check.json as a page: python3 tools/gpu/report.py gpu_check.json > gpu_check.md"""

import json
import sys
from pathlib import Path


def table(header: list[str], rows: list[list]) -> list[str]:
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return [*lines, *("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows), ""]


def number(value: float | None, digits: int = 3) -> str:
    if value is None:
        return "-"
    return f"{value:.{digits}g}" if abs(value) < 1000 else f"{value:,.0f}"


def failures(runs: dict[str, dict]) -> list[str]:
    """The last lines of what did not end as it should."""
    lines = []
    for name, run in runs.items():
        if run.get("tail"):
            state = "stopped at its limit" if run["exit"] is None else f"exit {run['exit']}"
            lines += [f"`{name}`: {state}", ""]
            lines += ["```", run["tail"], "```", ""]
    return lines


def tests(stage: dict) -> list[str]:
    rows = [
        [name, run["passed"], len(run["failed"]), run["skipped"], run["exit"], run["wall_s"]]
        for name, run in stage["programs"].items()
    ]
    lines = table(["program", "passed", "failed", "skipped", "exit", "s"], rows)
    for name, run in stage["programs"].items():
        lines += [f"- {name}: {case}" for case in run["failed"]]
    return lines + failures(stage["programs"])


def sanitizer(stage: dict) -> list[str]:
    rows, lines = [], []
    for tool, runs in stage["tools"].items():
        for program, run in runs.items():
            state = "not reached" if run.get("not_reached") else "limit" if run["exit"] is None else run["exit"]
            rows.append([tool, program, "-" if run["errors"] is None else run["errors"], state, run.get("wall_s", "-")])
        lines += failures({f"{tool} {program}": run for program, run in runs.items()})
    return table(["tool", "program", "errors", "exit", "s"], rows) + lines


def als_row(record: dict) -> list:
    return [
        record["shape"], record["factors"], record["solver"], number(record["iteration_s"] * 1e3),
        number(record["floor_s"] * 1e3), number(record["floor_serial_s"] * 1e3),
        f"{100 * record['share_of_floor']:.0f} to {100 * record['share_of_serial_floor']:.0f} %",
        number(record["gbytes_per_s"]), number(record["gflops"] / 1e3), number(record["objective"], 8),
        number(record["peak_mib"]), number(record["iteration_s"] * 1e9 / record["nnz"]),
    ]


ALS_HEADER = ["shape", "K", "solver", "ms / iteration", "floor ms", "serial floor ms", "share of floors", "GB/s",
              "TFLOP/s", "objective", "peak MiB", "ns / entry"]


def bench(stage: dict) -> list[str]:
    results = [record for run in stage["runs"].values() for record in run["results"]]
    als = [record for record in results if "share_of_floor" in record and "shape" in record]
    lines = []
    if als:
        roofs = als[0]["roofs"]
        lines += [
            f"Measured roofs: copies {roofs['copy_gbytes_per_s']:,.0f} GB/s (read + written), products "
            f"{roofs['matrix_tflops']:,.1f} TFLOP/s (bf16 on CUDA), fp32 {roofs['fp32_tflops']:,.1f} TFLOP/s. A share is "
            "floor / measured, with the three parts of the floor overlapped, and one after the other.", "",
        ]
        lines += table(ALS_HEADER, [als_row(record) for record in als])
    for name, run in stage["runs"].items():
        others = [record for record in run["results"] if record not in als]
        if others:
            keys = list(dict.fromkeys(key for record in others for key in record))
            cells = lambda r: [number(r[k], 4) if isinstance(r.get(k), float) else r.get(k, "-") for k in keys]  # noqa: E731
            lines += [f"{name}:", "", *table(keys, [cells(record) for record in others])]
    return lines + failures(stage["runs"])


def peers(stage: dict) -> list[str]:
    rows = [
        [pair["factors"], number(pair["kindred_s"] * 1e3), number(pair["implicit_s"] * 1e3),
         f"{pair['times_faster']:.1f}x", number(pair["objective_kindred"], 8), number(pair["objective_implicit"], 8)]
        for pair in stage["comparison"]
    ]
    header = ["K", "kindred ms / iteration", "implicit ms / iteration", "faster", "kindred's objective", "implicit's"]
    lines = table(header, rows)
    for record in stage["runs"].get("torch", {}).get("results", []):
        lines += [f"{record['peer']}: top-{record['k']} of {record['users']} x {record['items']}, K = {record['factors']}: "
                  f"{record['topk_s'] * 1e3:.1f} ms, its product alone {record['gemm_s'] * 1e3:.1f} ms", ""]
    if stage["absent_peers"]:
        lines += [f"Not installed, so not measured: {', '.join(stage['absent_peers'])}.", ""]
    return lines + failures(stage["runs"])


def quality(stage: dict) -> list[str]:
    rows, lines = [], []
    for config, record in stage["configs"].items():
        for device, run in record["runs"].items():
            metrics = run.get("metrics", {}).get("test", {})
            shown = ", ".join(f"{name} {value['value']:.4f}" for name, value in metrics.items())
            train = run.get("timing_s", {}).get("train")
            rows.append([config, device, number(run.get("objective"), 8), shown or "-", number(train)])
        difference = record.get("objective_difference")
        verdict = "agree" if record["agree"] else "DO NOT AGREE"
        said = "one did not end" if difference is None else f"objectives differ by {difference:.1e}"
        lines += [f"{config}: {verdict}; {said}; outside the interval: {record.get('outside') or 'none'}", ""]
        lines += failures({f"{config} {device}": run for device, run in record["runs"].items()})
    return table(["configuration", "device", "objective", "test metrics", "train s"], rows) + lines


def rates(kernel: dict) -> list[float | None]:
    """GB/s, and TFLOP/s of 4096 flops an instruction of the tensor pipe."""
    ms = kernel["ms"]
    return [kernel["gbytes"] / ms * 1e3, kernel["tensor"] * 4096 / ms * 1e-9] if ms else [None, None]


def profile(stage: dict) -> list[str]:
    total = sum(kernel["ms"] for kernel in stage["kernels"]) or 1.0
    rows = [
        [f"`{kernel['kernel'][:70]}`", kernel["launches"], number(kernel["ms"]), f"{100 * kernel['ms'] / total:.0f} %",
         number(kernel["gbytes"]), *(number(rate) for rate in rates(kernel))]
        for kernel in stage["kernels"][:30]
    ]
    header = ["kernel (all its launches)", "launches", "ms", "share", "GB of device memory", "GB/s", "TFLOP/s, each tensor instruction as an m16n8k16"]
    about = [f"One iteration, ml20m, K = 128, exact, and its start and objective; {total:.2f} ms in all kernels.", ""]
    return about + table(header, rows) + failures({"ncu": stage})


SECTIONS = {"tests": tests, "sanitizer": sanitizer, "bench": bench, "peers": peers, "quality": quality,
            "profile": profile}


def markdown(results: dict) -> str:
    about = results["machine"]
    lines = ["# GPU check", ""]
    lines += [f"- {key}: {value}" for key, value in about.items() if value is not None]
    for name, stage in results["stages"].items():
        lines += ["", f"## {name}: {'ok' if stage['ok'] else 'NOT OK'} ({stage['seconds']} s)", ""]
        if stage.get("absent") or stage.get("not_reached"):
            lines += [stage.get("absent") or "Not reached within the limit of the whole."]
        else:
            lines += SECTIONS[name](stage)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(markdown(json.loads(Path(sys.argv[1]).read_text())), end="")
