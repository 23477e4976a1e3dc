#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints a run's test metrics beside its baselines and, for synthetic data, beside what an oracle would reach.

show_result.py RUN/result.json [--truth events.truth.json]
"""

import argparse
import json


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("result")
    parser.add_argument("--truth")
    arguments = parser.parse_args()
    with open(arguments.result, encoding="utf-8") as stream:
        result = json.load(stream)
    rows = [(result["model"], result["metrics"]["test"])]
    rows += list(result.get("baselines", {}).get("test", {}).items())
    if arguments.truth:
        with open(arguments.truth, encoding="utf-8") as stream:
            truth = json.load(stream)
        # The oracle of `random` hides a fifth of each user's items, as the shipped configuration does.
        rows.append(("an oracle", truth["oracle"]["random"]["oracle"]))
    names = list(rows[0][1])
    print("     " + " " * 14 + "".join(f"{name:>14}" for name in names))
    for model, metrics in rows:
        values = [metrics.get(name, {}).get("value") for name in names]
        print(f"     {model:<14}" + "".join(f"{'-' if v is None else format(v, '.4f'):>14}" for v in values))
    if arguments.truth:
        reached, best = rows[0][1], rows[-1][1]
        shares = [f"{reached[name]['value'] / best[name]['value']:.0%} of {name}" for name in names if name in best]
        print(f"     The oracle knows the shop's planted tastes and habits; {rows[0][0]} reaches {' and '.join(shares)}.")


if __name__ == "__main__":
    main()
