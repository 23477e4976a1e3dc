#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sums JUnit files of ctest: prints "N passed, N failed, N skipped", exits 1 when a test failed or none ran."""

import argparse
import sys
import xml.etree.ElementTree as ElementTree


def count(path):
    """(passed, failed, skipped) of one file; tests that are disabled or did not run count as failed."""
    passed = failed = skipped = 0
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        status = case.get("status")
        if status == "run":
            passed += 1
        elif case.find("skipped") is not None and status in ("notrun", "disabled"):
            reason = case.find("skipped").get("message") or ""
            # ctest calls a test whose program is missing "skipped" too: only a test's own word counts as one.
            if "SKIP_" in reason or "Disabled" in reason:
                skipped += 1
            else:
                failed += 1
                print(f"not run: {case.get('name')}: {reason}", file=sys.stderr)
        else:
            failed += 1
            print(f"failed: {case.get('name')}", file=sys.stderr)
    return passed, failed, skipped


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("junit", nargs="*", help="files of ctest --output-junit")
    parser.add_argument("--plus-passed", type=int, default=0, help="checks outside ctest that passed")
    parser.add_argument("--plus-failed", type=int, default=0, help="checks outside ctest that failed")
    parser.add_argument("--plus-skipped", type=int, default=0, help="checks outside ctest that could not be made")
    arguments = parser.parse_args()
    counts = [count(path) for path in arguments.junit]
    passed, failed, skipped = (sum(column) for column in zip((0, 0, 0), *counts))
    ran = passed > 0 and all(one[0] > 0 for one in counts)
    passed += arguments.plus_passed
    failed += arguments.plus_failed
    skipped += arguments.plus_skipped
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 0 if ran and failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
