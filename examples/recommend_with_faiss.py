#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Recommendations from an export with numpy and faiss: the vector of a user, the index, and what the user has seen.

    recommend_with_faiss.py EXPORT --user ID [-k 10] [--exact]
"""

import argparse
import csv
import pathlib

import faiss
import numpy as np


def read_ids(file):
    """External ids in row order."""
    with open(file, newline="", encoding="utf-8") as stream:
        return [line["external_id"] for line in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("export", type=pathlib.Path)
    parser.add_argument("--user", required=True)
    parser.add_argument("-k", type=int, default=10)
    parser.add_argument("--exact", action="store_true", help="all items, without the index")
    arguments = parser.parse_args()
    folder = arguments.export

    users = np.load(folder / "users.npy", mmap_mode="r")
    item_ids = read_ids(folder / "item_ids.tsv")
    row = read_ids(folder / "user_ids.tsv").index(arguments.user)
    offsets = np.load(folder / "seen_offsets.npy", mmap_mode="r")
    seen = np.load(folder / "seen_items.npy", mmap_mode="r")[offsets[row]:offsets[row + 1]]

    query = users[row].astype("float32")[np.newaxis]
    if arguments.exact:
        scores = np.load(folder / "items.npy").astype("float32") @ query[0]
        found = np.argsort(-scores, kind="stable")
        scores = scores[found]
    else:
        index = faiss.read_index(str(folder / "items.faiss"))
        # Enough that the best k are left when the seen ones are gone.
        scores, found = index.search(query, min(arguments.k + len(seen), index.ntotal))
        scores, found = scores[0], found[0]
    left = (found >= 0) & ~np.isin(found, seen)
    for item, score in list(zip(found[left], scores[left]))[:arguments.k]:
        print(f"{item_ids[item]}\t{score:.6f}")


if __name__ == "__main__":
    main()
