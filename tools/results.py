# SPDX-License-Identifier: Apache-2.0
"""Makes docs/results.md: the tuned table of all models on the shipped data sets. KINDRED_DATA names their folder.

    tools/results.py                    # every table; runs that are done already are taken from --runs
    tools/results.py --only ml1m --again

Each row is one shipped config, trained on all training data with its tuned values; a table with several split seeds
shows means over them. Below, the first model against each other one by paired differences of the same users
(`kindred evaluate --against`). Test metrics only: tuning is tools/tune.py's, on validation parts.
"""

import argparse
import hashlib
import json
import os
import platform
import statistics
import subprocess
from dataclasses import dataclass
from pathlib import Path

from kindred_runs import train, values

ROOT = Path(__file__).resolve().parent.parent
SIGNIFICANT = 0.05


@dataclass
class Table:
    name: str
    title: str
    metrics: list[str]
    rows: list[tuple[str, str]]  # label, config
    split_seeds: list[int]  # empty: the split is given
    remark: str = ""


TABLES = [
    Table(
        name="gowalla",
        title="Gowalla, LightGCN's given split",
        metrics=["recall@20", "ndcg@20", "coverage@20"],
        rows=[
            ("ALS, K = 256", "als_gowalla"),
            ("ALS, K = 1024", "als_gowalla_1024"),
            ("item_knn", "item_knn_gowalla"),
            ("popularity", "popularity_gowalla"),
        ],
        split_seeds=[],
        remark="Published: LightGCN recall@20 .1824, ndcg@20 .1547 (gusye1234/LightGCN-PyTorch). `ease` is left out "
        "here: it inverts a dense 41k x 41k matrix; configs/ease_gowalla.yaml runs it.",
    ),
    Table(
        name="ml1m",
        title="MovieLens 1M, 600 held-out users",
        metrics=["recall_capped@20", "recall_capped@50", "ndcg@100"],
        rows=[
            ("ALS", "als_ml1m"),
            ("ease", "ease_ml1m"),
            ("item_knn", "item_knn_ml1m"),
            ("popularity", "popularity_ml1m"),
        ],
        split_seeds=[1, 2, 3],
        remark="irspack 0.5.2 on the very same splits and settings (tools/peers/als_quality.py, mean of the three): iALS "
        ".3534, .4810, .4310; EASE .3511, .4681, .4226.",
    ),
]


def cached_run(args: argparse.Namespace, config: str, settings: dict[str, object]) -> dict:
    """result.json of a run; the key is the config files' text, the settings and the program itself."""
    texts = [(ROOT / "configs" / f"{config}.yaml").read_text()]
    while "base:" in texts[-1]:
        base = next(line.split(":", 1)[1].strip() for line in texts[-1].splitlines() if line.startswith("base:"))
        texts.append((ROOT / "configs" / base).read_text())
    key = json.dumps([texts, settings]).encode() + args.binary.read_bytes()
    path = args.runs / f"{config}-{hashlib.sha256(key).hexdigest()[:12]}.json"
    if args.again or not path.exists():
        run = train(args.binary, ROOT / "configs" / f"{config}.yaml", settings | {"run.output": args.runs / "runs"})
        path.write_text(json.dumps(run.result, indent=1) + "\n")
    return json.loads(path.read_text())


def cell(name: str, results: list[dict]) -> str:
    found = [values(result, "test").get(name) for result in results]
    if None in found:
        return "-"
    if len(found) > 1:
        return f"{statistics.mean(found):.4f} ({min(found):.4f} .. {max(found):.4f})"
    interval = results[0]["metrics"]["test"][name].get("ci95")
    return f"{found[0]:.4f}" + (f" [{interval[0]:.4f}, {interval[1]:.4f}]" if interval else "")


def row_lines(label: str, config: str, results: list[dict], metrics: list[str]) -> str:
    seconds = statistics.mean(result["timing_s"]["train"] for result in results)
    memory = max(result["memory"]["peak_bytes"] for result in results) / 1e6
    cells = [label, f"`{config}`", *(cell(name, results) for name in metrics), f"{seconds:.1f}", f"{memory:.0f}"]
    return "| " + " | ".join(cells) + " |"


def comparisons(first: dict, others: dict[str, dict], metrics: list[str], args: argparse.Namespace) -> dict[str, dict]:
    """Label -> metric -> {"difference", "ci95", "p_holm", ...} of two trained runs, on the users of the test part."""
    command = [args.binary, "evaluate", first["run"], "--quiet", "--json", "--metrics", ",".join(metrics)]
    for other in others.values():
        command += ["--against", other["run"]]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(done.stdout)["comparisons"]["test"]
    return {label: found[other["run"]] for label, other in others.items()}


def difference_cell(name: str, found: list[dict]) -> str:
    """One split: difference and interval; several: the mean, and in how many the difference is beyond chance."""
    entries = [entry[name] for entry in found if name in entry]
    if not entries:
        return "-"
    significant = sum(entry["p_holm"] < SIGNIFICANT for entry in entries)
    if len(entries) > 1:
        return f"{statistics.mean(e['difference'] for e in entries):+.4f} ({significant} of {len(entries)})"
    low, high = entries[0]["ci95"]
    return f"{entries[0]['difference']:+.4f} [{low:+.4f}, {high:+.4f}]{'*' if significant else ''}"


def comparison_text(table: Table, results: dict[str, list[dict]], args: argparse.Namespace) -> list[str]:
    first, *others = results
    of_split = [
        comparisons(results[first][at], {label: results[label][at] for label in others}, table.metrics, args)
        for at in range(len(results[first]))
    ]
    per_user = [name for name in table.metrics if any(name in found for found in of_split[0].values())]
    lines = [f"{first}, by how much better on the same users:\n", "| than | " + " | ".join(per_user) + " |"]
    lines.append("|" + "---|" * (len(per_user) + 1))
    for label in others:
        cells = [difference_cell(name, [found[label] for found in of_split]) for name in per_user]
        lines.append("| " + " | ".join([label, *cells]) + " |")
    mark = "in brackets, in how many splits p" if table.split_seeds else "in brackets the 95 % interval; *: p"
    lines.append(f"\nMean differences; {mark} < {SIGNIFICANT} (randomisation test, Holm's correction).\n")
    return lines


def table_text(table: Table, args: argparse.Namespace) -> str:
    head = ["model", "config", *table.metrics, "training, s", "peak memory, MB"]
    lines = [f"## {table.title}\n", "| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    results = {}
    for label, config in table.rows:
        fixed = {"evaluation.metrics": "[" + ", ".join(table.metrics) + "]"}
        settings = [fixed | {"split.seed": seed} for seed in table.split_seeds] or [fixed]
        results[label] = [cached_run(args, config, setting) for setting in settings]
        lines.append(row_lines(label, config, results[label], table.metrics))
        print(lines[-1], flush=True)
    lines.append("")
    if table.split_seeds:
        seeds = ", ".join(map(str, table.split_seeds))
        lines.append(f"Means over split seeds {seeds}; in brackets the lowest and the highest.")
    else:
        lines.append("In brackets the bootstrap 95 % interval over users.")
    if table.remark:
        lines.append(table.remark)
    lines += ["", *comparison_text(table, results, args)]
    return "\n".join(lines) + "\n"


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=[table.name for table in TABLES], help="print one table, leave the page")
    parser.add_argument("--again", action="store_true", help="run anew what was run before")
    parser.add_argument("--runs", type=Path, default=ROOT / "runs" / "results")
    parser.add_argument("--binary", type=Path, default=ROOT / "build" / "cpu" / "bin" / "kindred")
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "docs" / "results.md")
    args = parser.parse_args()
    if "KINDRED_DATA" not in os.environ:
        raise SystemExit("KINDRED_DATA is not set: it names the folder of the data sets")
    args.runs.mkdir(parents=True, exist_ok=True)
    chosen = [table for table in TABLES if args.only in (None, table.name)]
    texts = [table_text(table, args) for table in chosen]
    if args.only:
        return
    head = (
        "# Results\n\nMade by `tools/results.py` from the shipped configs. The values of ALS and ease were tuned by "
        "`tools/tune.py` on validation parts of the training data; item_knn has its defaults.\n"
        "Training times are of single runs, on a machine that other work may have shared.\n"
        f"Machine: {processor()}, {os.cpu_count()} processors.\n"
    )
    args.output.write_text("\n".join([head, *texts]))


if __name__ == "__main__":
    main()
