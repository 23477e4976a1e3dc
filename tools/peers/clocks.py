# SPDX-License-Identifier: Apache-2.0
"""Clocks for the peers' iterations. `wall` is what is reported; `cpu` is this process's CPU time over its threads, a
stand-in on a machine where others run, which leaves out waiting and imbalance between threads (so it flatters)."""

import time
from collections.abc import Callable


def make_clock(name: str, threads: int) -> Callable[[], float]:
    if name == "wall":
        return time.perf_counter
    return lambda: time.process_time() / threads
