#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A run is exported and opened by strangers: every file by an independent reader, every program of examples/; their
numbers against `kindred recommend`, which is the model that was evaluated.

    examples_test.py KINDRED     the program; works in a temporary folder
"""

import csv
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import faiss
import numpy as np
import pyarrow.parquet as pq
from safetensors.numpy import load_file

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ""
CONFIG = """
run: {name: shop, output: runs}
data: {path: events.csv, format: table, columns: {user: user, item: item}, prepared: prepared}
split: {protocol: held_out_users, test_ratio: 0.1}
model: {type: als, factors: 32, iterations: 5}
evaluation: {metrics: [recall@20], baselines: []}
export: {at_end: true, index: {type: ivf_flat}}
"""


def kindred(*arguments, code=0):
    result = subprocess.run([PROGRAM, *arguments], cwd=Run.home, capture_output=True, text=True, check=False)
    if result.returncode != code:
        raise AssertionError(f"kindred {' '.join(arguments)}: exit code {result.returncode}\n{result.stderr}")
    return result


KINDS = ("flat", "sq8", "fp16", "hnsw", "ivf_pq")


class Run:
    """One run and its exports, for all tests."""


def setUpModule():
    Run.scratch = tempfile.TemporaryDirectory()
    Run.home = pathlib.Path(Run.scratch.name)
    kindred("synth", "--users", "3e3", "--items", "2e4", "--events", "1e5", "-o", "events.csv")
    (Run.home / "shop.yaml").write_text(CONFIG)
    kindred("train", "shop.yaml", "--quiet")
    Run.folder = next((Run.home / "runs/shop").iterdir())
    Run.out = Run.folder / "export"
    for kind in KINDS:
        kindred("export", "shop", "--quiet", "-o", kind, "--set", f"export.index.type={kind}", "--set",
                "export.index.min_recall=0.2", "--set", "export.formats=[npy]")
    Run.manifest = json.loads((Run.out / "manifest.json").read_text())
    Run.users = tsv("user_ids.tsv")
    Run.items = tsv("item_ids.tsv")


def tearDownModule():
    Run.scratch.cleanup()


def tsv(name):
    with open(Run.out / name, newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


class Export(unittest.TestCase):
    def recommended(self, user, *options):
        answer = json.loads(kindred("recommend", str(Run.folder), "--user", user, "--json", "--quiet", *options).stdout)
        return [(entry["item"], entry["score"]) for entry in answer[0]["recommendations"]]

    def same_lists(self, text, expected):
        found = [line.split("\t") for line in text.splitlines()]
        self.assertEqual([item for item, _ in found], [item for item, _ in expected])
        np.testing.assert_allclose([float(score) for _, score in found], [score for _, score in expected], atol=2e-6)


class Files(Export):
    def test_train_exported_at_its_end_and_says_so(self):
        result = json.loads((Run.folder / "result.json").read_text())
        self.assertEqual(result["export"]["index"], "ivf_flat")
        self.assertGreaterEqual(result["export"]["recall@100"], 0.95)
        self.assertIn("export", result["timing_s"])

    def test_every_sum_is_that_of_the_bytes(self):
        names = {entry["name"] for entry in Run.manifest["files"]}
        self.assertEqual(names | {"manifest.json", "SHA256SUMS"}, {path.name for path in Run.out.iterdir()})
        for entry in Run.manifest["files"]:
            data = (Run.out / entry["name"]).read_bytes()
            self.assertEqual(len(data), entry["bytes"])
            self.assertEqual(hashlib.sha256(data).hexdigest(), entry["sha256"], entry["name"])
        subprocess.run(["sha256sum", "--quiet", "--strict", "-c", "SHA256SUMS"], cwd=Run.out, check=True)

    def test_the_three_formats_hold_the_checkpoints_numbers(self):
        checkpoint = next((Run.folder / "checkpoints").iterdir())
        for what, parameter in (("users", "user_factors.bin"), ("items", "item_factors.bin")):
            vectors = np.load(Run.out / f"{what}.npy")
            trained = np.fromfile(checkpoint / parameter, "<f4").reshape(vectors.shape)
            np.testing.assert_array_equal(vectors, trained)
            np.testing.assert_array_equal(load_file(Run.out / f"{what}.safetensors")["vectors"], trained)
            table = pq.read_table(Run.out / f"{what}.parquet")
            self.assertEqual([str(field.type) for field in table.schema],
                             ["int64", "string", "list<element: float not null>"])
            np.testing.assert_array_equal(np.stack(table["embedding"].to_numpy()), trained)
            ids = Run.users if what == "users" else Run.items
            self.assertEqual(table["id"].to_pylist(), list(range(len(ids))))
            self.assertEqual(table["external_id"].to_pylist(), [entry["external_id"] for entry in ids])
            self.assertEqual(vectors.shape, (Run.manifest[what]["count"], Run.manifest["dim"]))

    def test_seen_items_and_popularity_are_those_of_the_events(self):
        offsets, items = np.load(Run.out / "seen_offsets.npy"), np.load(Run.out / "seen_items.npy")
        table = pq.read_table(Run.out / "seen.parquet")
        np.testing.assert_array_equal(np.concatenate(table["items"].to_numpy()), items)
        np.testing.assert_array_equal(np.cumsum([0] + [len(row) for row in table["items"].to_pylist()]), offsets)
        events = {}
        with open(Run.home / "events.csv", newline="", encoding="utf-8") as stream:
            for event in csv.DictReader(stream):
                events.setdefault(event["user"], set()).add(event["item"])
        for row in (0, 17, len(Run.users) - 1):
            seen = {Run.items[item]["external_id"] for item in items[offsets[row]:offsets[row + 1]]}
            self.assertEqual(seen, events[Run.users[row]["external_id"]])
        popularity = np.load(Run.out / "popularity.npy")
        self.assertEqual(popularity.tolist(), [int(entry["training_events"]) for entry in Run.items])
        self.assertEqual(popularity.sum(), len(items))

    def test_the_newest_faiss_reads_every_kind_with_the_recall_of_the_manifest(self):
        items = np.load(Run.out / "items.npy")
        exact = faiss.IndexFlatIP(items.shape[1])
        exact.add(items)
        for folder in [Run.out] + [Run.home / kind for kind in KINDS]:
            manifest = json.loads((folder / "manifest.json").read_text())
            index = faiss.read_index(str(folder / "items.faiss"))
            self.assertEqual((index.ntotal, index.d, index.metric_type),
                             (*items.shape, faiss.METRIC_INNER_PRODUCT))
            queries = np.load(folder / "check_queries.npy")
            if len(queries) != manifest["recall_check"]["queries"]:
                queries = queries[1::2]
            truth = exact.search(queries, 100)[1]
            found = index.search(queries, 100)[1]
            for k in (10, 100):
                hits = np.mean([len(np.intersect1d(a[:k], b[:k])) / k for a, b in zip(truth, found)])
                self.assertAlmostEqual(hits, manifest["recall_check"][f"recall@{k}"], delta=0.01,
                                       msg=f"{folder.name} recall@{k}")
            self.assertEqual(kindred("serve-check", str(folder)).stdout.count("WRONG"), 0)

    def test_serve_check_says_what_is_wrong(self):
        name = Run.home / "flat/items.npy"
        data = bytearray(name.read_bytes())
        data[-1] ^= 1
        name.write_bytes(data)
        result = kindred("serve-check", "flat", code=3)
        self.assertIn("items.npy: has another SHA-256", result.stdout)
        data[-1] ^= 1
        name.write_bytes(data)
        kindred("serve-check", "flat")
        kindred("serve-check", "nowhere", code=2)
        kindred("export", "shop", code=2)  # export/ of the run is there already
        kindred("export", "shop", "-o", "x", "--set", "model.factors=3", code=2)


class Examples(Export):
    def run_example(self, name, user, *options):
        return subprocess.run([sys.executable, str(ROOT / "examples" / name), str(Run.out), "--user", user, *options],
                              check=True, capture_output=True, text=True).stdout

    def test_exact_search_with_numpy_gives_what_kindred_recommends(self):
        for row in (0, 5, 100):
            user = Run.users[row]["external_id"]
            self.same_lists(self.run_example("recommend_with_faiss.py", user, "--exact"), self.recommended(user))

    def test_the_index_gives_what_kindred_recommends_but_for_its_recall(self):
        hits = []
        for row in range(0, 200, 10):
            user = Run.users[row]["external_id"]
            expected = dict(self.recommended(user))
            for line in self.run_example("recommend_with_faiss.py", user).splitlines():
                item, score = line.split("\t")
                hits.append(item in expected)
                if item in expected:
                    self.assertAlmostEqual(float(score), expected[item], delta=2e-6)
        self.assertEqual(len(hits), 200)
        self.assertGreaterEqual(np.mean(hits), 0.9)

    def test_duckdb_gives_what_kindred_recommends(self):
        for row in (1, 50):
            user = Run.users[row]["external_id"]
            self.same_lists(self.run_example("query_with_duckdb.py", user), self.recommended(user))

    def test_lancedb_gives_what_kindred_recommends(self):
        user = Run.users[7]["external_id"]
        self.same_lists(self.run_example("load_into_lancedb.py", user, "-k", "5"), self.recommended(user, "-k", "5"))


if __name__ == "__main__":
    PROGRAM = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main(verbosity=2)
