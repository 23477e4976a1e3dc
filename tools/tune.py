# SPDX-License-Identifier: Apache-2.0
"""Tunes keys of a configuration on its validation part; the test part is never looked at.

    tools/tune.py --plan als_gowalla                    # repeats the tuning of a shipped config (tuning_plans.json)
    tools/tune.py configs/als_ml1m.yaml --vary model.unobserved_weight=log:0.01:1 \\
        --vary model.regularization=log:0.001:0.1 --vary model.iterations=grid:8,16 --trials 40 -o trials.json

A key varies as log:LOW:HIGH, uniform:LOW:HIGH, integer:LOW:HIGH or grid:A,B,C. --search random draws --trials points;
grid takes all combinations of grid keys; halving draws --trials points, runs them at the first value of
--budget KEY=A,B,C, and carries the better third on to the next. --every N also evaluates each N-th iteration and
picks the best number of iterations of a run. --hold-out says what makes a validation part where the config has none,
such as split.validation_ratio=0.1; the tuned config is then trained without it, on all training data.
"""

import argparse
import itertools
import json
import math
import random
import sys
import tempfile
import time
from pathlib import Path

from kindred_runs import train, values

ROOT = Path(__file__).resolve().parent.parent
PLANS = Path(__file__).with_name("tuning_plans.json")


def parse_number(text: str) -> object:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def pairs(arguments: list[str], what: str) -> dict[str, str]:
    for argument in arguments:
        if "=" not in argument:
            raise SystemExit(f"{what} {argument}: expected KEY=VALUE")
    return dict(argument.split("=", 1) for argument in arguments)


def grid_values(space: str) -> list[object]:
    kind, _, rest = space.partition(":")
    if kind != "grid":
        raise SystemExit(f"space {space!r}: --search grid takes grid:A,B,C only")
    return [parse_number(value) for value in rest.split(",")]


def draw(space: str, rng: random.Random) -> object:
    kind, *bounds = space.split(":")
    if kind == "grid":
        return rng.choice(grid_values(space))
    low, high = (float(bound) for bound in bounds)
    if kind == "log":
        return float(f"{math.exp(rng.uniform(math.log(low), math.log(high))):.4g}")
    if kind == "uniform":
        return float(f"{rng.uniform(low, high):.4g}")
    if kind == "integer":
        return rng.randint(int(low), int(high))
    raise SystemExit(f"space {space!r}: expected log:, uniform:, integer: or grid:")


def points(args: argparse.Namespace) -> list[dict[str, object]]:
    if args.search == "grid":
        choices = [[(key, value) for value in grid_values(space)] for key, space in args.vary.items()]
        return [dict(choice) for choice in itertools.product(*choices)]
    rng = random.Random(args.seed)
    return [{key: draw(space, rng) for key, space in args.vary.items()} for _ in range(args.trials)]


def best_iterations(events: list[dict], metric: str) -> tuple[int, dict[str, float]] | None:
    """The evaluated iteration with the best value, where the run evaluated on the way."""
    found = [e for e in events if e["event"] == "evaluation" and "epoch" in e and e.get("part") == "validation"]
    if not found:
        return None
    best = max(found, key=lambda event: event["metrics"][metric]["value"])
    return best["epoch"], {name: entry["value"] for name, entry in best["metrics"].items()}


def run_trial(point: dict[str, object], args: argparse.Namespace, runs: str) -> dict:
    settings = args.set | args.hold_out | point | {"run.output": runs}
    if args.every:
        settings["evaluation.every"] = args.every
    begin = time.perf_counter()
    try:
        run = train(args.binary, args.config, settings)
    except RuntimeError as error:
        if "exit 5" in str(error):  # divergence is a result of the search; anything else is not
            return {"set": point, "failed": str(error).splitlines()[-1]}
        raise SystemExit(str(error)) from error
    validation = values(run.result, "validation")
    if args.metric not in validation:
        raise SystemExit(
            f"the run has no validation {args.metric} (it has {sorted(validation)}); "
            "give --hold-out split.validation_ratio=0.1 or a metric of evaluation.metrics"
        )
    record = {"set": dict(point), "validation": validation, "train_s": run.result["timing_s"]["train"]}
    best = best_iterations(run.epochs, args.metric)
    if best and best[1][args.metric] > validation[args.metric]:
        record["set"]["model.iterations"], record["validation"] = best
    record["seconds"] = round(time.perf_counter() - begin, 2)
    return record


def search(args: argparse.Namespace) -> list[dict]:
    trials: list[dict] = []
    candidates = points(args)
    rungs = [{}]
    if args.search == "halving":
        ((key, budgets),) = args.budget.items()
        rungs = [{key: parse_number(budget)} for budget in budgets.split(",")]
    with tempfile.TemporaryDirectory(prefix="kindred-tune-") as runs:
        for rung in rungs:
            round_trials = []
            for point in candidates:
                round_trials.append(run_trial(point | rung, args, runs))
                print(json.dumps(round_trials[-1]), file=sys.stderr, flush=True)
            trials += round_trials
            ranked = [trial for trial in sorted(round_trials, key=lambda t: score(t, args.metric), reverse=True)]
            kept = ranked[: max(1, math.ceil(len(ranked) / 3))]
            candidates = [trial["set"] for trial in kept]
    return trials


def score(trial: dict, metric: str) -> float:
    return trial["validation"][metric] if "validation" in trial else -math.inf


def apply_plan(args: argparse.Namespace) -> None:
    plans = json.loads(PLANS.read_text())
    if args.plan not in plans:
        raise SystemExit(f"no plan {args.plan!r} in {PLANS.name}; it has {', '.join(sorted(plans))}")
    plan = plans[args.plan]
    args.config = ROOT / plan["config"]
    args.metric, args.search, args.trials = plan["metric"], plan.get("search", "random"), plan.get("trials", 0)
    args.vary, args.set, args.hold_out = plan["vary"], plan.get("set", {}), plan.get("hold_out", {})
    args.budget, args.every = plan.get("budget", {}), plan.get("every", 0)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=Path, nargs="?")
    parser.add_argument("--plan", help="take everything from this entry of tuning_plans.json")
    parser.add_argument("--vary", action="append", default=[], metavar="KEY=SPACE")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="fixed for all trials")
    parser.add_argument("--hold-out", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--search", choices=["random", "grid", "halving"], default="random")
    parser.add_argument("--budget", action="append", default=[], metavar="KEY=A,B,C")
    parser.add_argument("--metric", default="ndcg@20")
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--every", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1, help="of the search")
    parser.add_argument("--binary", type=Path, default=ROOT / "build" / "cpu" / "bin" / "kindred")
    parser.add_argument("-o", "--output", type=Path)
    args = parser.parse_args()
    if bool(args.config) == bool(args.plan):
        parser.error("give either a config or --plan")
    if args.plan:
        apply_plan(args)
    else:
        args.vary, args.set = pairs(args.vary, "--vary"), pairs(args.set, "--set")
        args.hold_out, args.budget = pairs(args.hold_out, "--hold-out"), pairs(args.budget, "--budget")
    if not args.vary:
        parser.error("nothing to tune: give --vary KEY=SPACE")
    if args.search == "halving" and len(args.budget) != 1:
        parser.error("--search halving needs one --budget KEY=A,B,C")
    return args


def main() -> None:
    args = parse_arguments()
    trials = search(args)
    best = max(trials, key=lambda trial: score(trial, args.metric))
    record = {"config": str(args.config), "metric": args.metric, "set": args.set, "hold_out": args.hold_out}
    record |= {"vary": args.vary, "search": args.search, "seed": args.seed, "best": best, "trials": trials}
    if args.output:
        args.output.write_text(json.dumps(record, indent=1) + "\n")
    print(f"best of {len(trials)}: validation {best.get('validation')}")
    print("  " + " ".join(f"--set {key}={value}" for key, value in (args.set | best["set"]).items()))


if __name__ == "__main__":
    main()
