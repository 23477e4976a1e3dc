# SPDX-License-Identifier: Apache-2.0
"""Tunes keys of a configuration on its validation part; the test part is never looked at.

    tools/tune.py --plan als_gowalla                    # repeats the tuning of a shipped config (tuning_plans.json)
    tools/tune.py configs/als_ml1m.yaml --vary model.unobserved_weight=log:0.01:1 \\
        --vary model.regularization=log:0.001:0.1 --vary model.iterations=grid:8,16 --trials 40 -o trials.json

A key varies as log:LOW:HIGH, uniform:LOW:HIGH, integer:LOW:HIGH or grid:A,B,C. --search random draws --trials points;
grid takes all combinations of grid keys; halving draws --trials points, runs them at the first value of
--budget KEY=A,B,C, and carries the better third on to the next. --every N also evaluates each N-th iteration: each
of them is a candidate of its own, as if the run had ended there. --hold-out says what makes a validation part where
the config has none, such as split.validation_ratio=0.1; the tuned config is then trained without it, on all training
data. --rule best takes the best value; one_standard_error the fewest iterations among the candidates within one
standard error of it (Breiman et al., Classification and Regression Trees, 1984): where more iterations bring no
difference that can be seen, the model that fitted less is taken, which also costs less.
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
ITERATIONS = "model.iterations"


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


def standard_error(entry: dict) -> float:
    """Of a metric, from the width of its 95 % interval; 0 where none was asked for."""
    low, high = entry.get("ci95") or (0.0, 0.0)
    return (high - low) / (2 * 1.96)


def candidate(point: dict[str, object], metrics: dict, metric: str) -> dict:
    validation = {name: entry["value"] for name, entry in metrics.items()}
    return {"set": point, "validation": validation, "standard_error": standard_error(metrics[metric])}


def run_trial(point: dict[str, object], args: argparse.Namespace, runs: str) -> list[dict]:
    """One candidate an evaluated iteration, the last of them the finished run."""
    settings = args.set | args.hold_out | point | {"run.output": runs}
    if args.every:
        settings["evaluation.every"] = args.every
    try:
        run = train(args.binary, args.config, settings)
    except RuntimeError as error:
        if "exit 5" in str(error):  # divergence is a result of the search; anything else is not
            return [{"set": point, "failed": str(error).splitlines()[-1]}]
        raise SystemExit(str(error)) from error
    final = run.result["metrics"].get("validation", {})
    if args.metric not in final:
        raise SystemExit(
            f"the run has no validation {args.metric} (it has {sorted(final)}); "
            "give --hold-out split.validation_ratio=0.1 or a metric of evaluation.metrics"
        )
    evaluated = [e for e in run.epochs if e["event"] == "evaluation" and e.get("part") == "validation" and "epoch" in e]
    ended = {ITERATIONS: evaluated[-1]["epoch"]} if evaluated else {}
    return [candidate(point | {ITERATIONS: e["epoch"]}, e["metrics"], args.metric) for e in evaluated[:-1]] + [
        candidate(point | ended, final, args.metric)
    ]


def choose(candidates: list[dict], metric: str, rule: str) -> dict:
    best = max(candidates, key=lambda c: score(c, metric))
    if rule == "best":
        return best
    bar = score(best, metric) - best["standard_error"]
    near = [c for c in candidates if score(c, metric) >= bar]
    return min(near, key=lambda c: (c["set"].get(ITERATIONS, 0), -score(c, metric)))


def search(args: argparse.Namespace) -> list[dict]:
    found: list[dict] = []
    points_left = points(args)
    rungs = [{}]
    if args.search == "halving":
        ((key, budgets),) = args.budget.items()
        rungs = [{key: parse_number(budget)} for budget in budgets.split(",")]
    with tempfile.TemporaryDirectory(prefix="kindred-tune-") as runs:
        for rung in rungs:
            ranked = []
            for point in points_left:
                begin = time.perf_counter()
                candidates = run_trial(point | rung, args, runs)
                found += candidates
                best = choose(candidates, args.metric, "best")
                ranked.append((score(best, args.metric), point))
                print(json.dumps(best | {"seconds": round(time.perf_counter() - begin, 1)}), file=sys.stderr, flush=True)
            ranked.sort(key=lambda pair: pair[0], reverse=True)
            points_left = [point for _, point in ranked[: max(1, math.ceil(len(ranked) / 3))]]
    return found


def score(found: dict, metric: str) -> float:
    return found["validation"][metric] if "validation" in found else -math.inf


def apply_plan(args: argparse.Namespace) -> None:
    plans = json.loads(PLANS.read_text())
    if args.plan not in plans:
        raise SystemExit(f"no plan {args.plan!r} in {PLANS.name}; it has {', '.join(sorted(plans))}")
    plan = plans[args.plan]
    args.config = ROOT / plan["config"]
    args.metric, args.search = plan["metric"], plan.get("search", "random")
    if args.trials is None:
        args.trials = plan.get("trials", 0)
    args.vary, args.set, args.hold_out = plan["vary"], plan.get("set", {}), plan.get("hold_out", {})
    args.seed = plan.get("seed", args.seed)
    args.budget, args.every, args.rule = plan.get("budget", {}), plan.get("every", 0), plan.get("rule", "best")


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
    parser.add_argument("--rule", choices=["best", "one_standard_error"], default="best")
    parser.add_argument("--trials", type=int, help="points to draw (20; with --plan the plan's)")
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
        args.trials = 20 if args.trials is None else args.trials
    if not args.vary:
        parser.error("nothing to tune: give --vary KEY=SPACE")
    if args.search == "halving" and len(args.budget) != 1:
        parser.error("--search halving needs one --budget KEY=A,B,C")
    return args


def main() -> None:
    args = parse_arguments()
    candidates = search(args)
    best = choose(candidates, args.metric, "best")
    chosen = choose(candidates, args.metric, args.rule)
    record = {"config": str(args.config), "metric": args.metric, "set": args.set, "hold_out": args.hold_out}
    record |= {"vary": args.vary, "search": args.search, "seed": args.seed, "rule": args.rule}
    record |= {"best": best, "chosen": chosen, "candidates": candidates}
    if args.output:
        args.output.write_text(json.dumps(record, indent=1) + "\n")
    print(f"best of {len(candidates)}:     validation {best.get('validation')} {best['set']}")
    print(f"by {args.rule}: validation {chosen.get('validation')}")
    print("  " + " ".join(f"--set {key}={value}" for key, value in (args.set | chosen["set"]).items()))


if __name__ == "__main__":
    main()
