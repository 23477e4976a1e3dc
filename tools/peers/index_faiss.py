#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kindred's index beside the newest faiss-cpu's own, on the same vectors, in one run.

    index_faiss.py build/cpu/bench/export_bench [--items 1e5] [--threads 2] [--hnsw] [--vectors NAME]

Both are searched by the same faiss (the wheel's), 2000 users, top 100. faiss's own: index_factory("IVF<lists>,Flat") with
the same number of lists and "HNSW32", train and add with every default, and then the least nprobe (efSearch) whose recall
is that of Kindred's. Build times: Kindred's with writing and choosing the effort, faiss's without; on a machine where
others run, CPU seconds tell more. Searches go in turn and the fastest of each counts. Python: the environment of
examples/setup.sh.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile
import time

import faiss
import numpy as np


def recall(found, truth):
    return float(np.mean([len(np.intersect1d(a, b)) / truth.shape[1] for a, b in zip(found, truth)]))


def set_effort(index, effort):
    if hasattr(index, "nprobe"):
        index.nprobe = effort
    else:
        index.hnsw.efSearch = effort


def least_effort(index, queries, truth, goal, most):
    low, high = 0, 1
    while high < most:
        set_effort(index, high)
        if recall(index.search(queries, 100)[1], truth) >= goal:
            break
        low, high = high, min(most, 2 * high)
    while high - low > 1:
        middle = (low + high) // 2
        set_effort(index, middle)
        low, high = (low, middle) if recall(index.search(queries, 100)[1], truth) >= goal else (middle, high)
    set_effort(index, high)
    return high


class Row:
    """An index with the effort that is to be measured."""

    def __init__(self, name, index, effort, build_s, build_cpu_s):
        self.name, self.index, self.effort = name, index, effort
        self.build_s, self.build_cpu_s = build_s, build_cpu_s
        self.seconds, self.found = [], None

    def measure(self, queries):
        set_effort(self.index, self.effort)
        begin = time.perf_counter()
        self.found = self.index.search(queries, 100)[1]
        self.seconds.append(time.perf_counter() - begin)

    def line(self, queries, truth):
        print(f"{self.name:<26} build {self.build_s:7.1f} s, {self.build_cpu_s:7.1f} s of CPU   effort {self.effort:5d}   "
              f"recall@10 {recall(self.found[:, :10], truth[:, :10]):.4f} @100 {recall(self.found, truth):.4f}   "
              f"{len(queries) / min(self.seconds):8.0f} queries/s", flush=True)


def timed(build):
    begin, cpu = time.perf_counter(), time.process_time()
    index = build()
    return index, time.perf_counter() - begin, time.process_time() - cpu


def own_lists(items, lists):
    index = faiss.index_factory(items.shape[1], f"IVF{lists},Flat", faiss.METRIC_INNER_PRODUCT)
    index.train(items)
    index.add(items)
    return index


def own_graph(items):
    index = faiss.IndexHNSWFlat(items.shape[1], 32, faiss.METRIC_INNER_PRODUCT)
    index.add(items)
    return index


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bench")
    parser.add_argument("--items", default="1e5")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--hnsw", action="store_true", help="faiss's HNSW32 too")
    parser.add_argument("--rounds", type=int, default=7, help="searches of each, in turn; the fastest counts")
    parser.add_argument("--vectors", help="as export_bench --vectors")
    arguments = parser.parse_args()
    faiss.omp_set_num_threads(arguments.threads)
    with tempfile.TemporaryDirectory() as scratch:
        command = [arguments.bench, "index", scratch, "--items", arguments.items, "--threads", str(arguments.threads)]
        if arguments.vectors:
            command += ["--vectors", arguments.vectors]
        ours = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        out = pathlib.Path(scratch) / "out"
        items, queries = np.load(out / "items.npy"), np.load(out / "queries.npy")
        index = faiss.read_index(str(out / "items.faiss"))
    print(json.dumps(ours))
    dim = items.shape[1]
    exact = faiss.IndexFlatIP(dim)
    exact.add(items)
    truth = exact.search(queries, 100)[1]
    goal = recall(index.search(queries, 100)[1], truth)
    rows = [Row("kindred", index, index.nprobe, ours["build_choose_write_s"], ours["cpu_s"])]
    own, *seconds = timed(lambda: own_lists(items, index.nlist))
    effort = least_effort(own, queries, truth, goal, index.nlist)
    rows += [Row("faiss IVF, nprobe 1", own, 1, *seconds), Row(f"faiss IVF{index.nlist},Flat", own, effort, *seconds)]
    if arguments.hnsw:
        graph, *seconds = timed(lambda: own_graph(items))
        effort = least_effort(graph, queries, truth, goal, 4096)
        rows += [Row("faiss HNSW32, efSearch 16", graph, 16, *seconds), Row("faiss HNSW32", graph, effort, *seconds)]
    for _ in range(arguments.rounds):
        for row in rows:
            row.measure(queries)
    for row in rows:
        row.line(queries, truth)


if __name__ == "__main__":
    main()
