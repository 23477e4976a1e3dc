#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Loads the items of an export into a vector database (LanceDB) and asks it for a user's recommendations.

    load_into_lancedb.py EXPORT --user ID [-k 10] [--database DIR]

What the user has seen is left out by the database's own filter.
"""

import argparse
import pathlib
import tempfile

import lancedb
import pyarrow as pa
import pyarrow.parquet as pq


def load(database, file):
    """The table "items": row, external id, vector of fixed length, as LanceDB wants it."""
    items = pq.read_table(file)
    length = len(items["embedding"][0])
    vectors = pa.FixedSizeListArray.from_arrays(items["embedding"].combine_chunks().flatten(), length)
    return database.create_table("items", pa.table({
        "row": items["id"], "external_id": items["external_id"], "vector": vectors}), mode="overwrite")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("export", type=pathlib.Path)
    parser.add_argument("--user", required=True)
    parser.add_argument("-k", type=int, default=10)
    parser.add_argument("--database", type=pathlib.Path, help="where to keep it; default: a temporary folder")
    arguments = parser.parse_args()

    users = pq.read_table(arguments.export / "users.parquet", filters=[("external_id", "=", arguments.user)])
    user = users.to_pylist()[0]
    seen = pq.read_table(arguments.export / "seen.parquet", filters=[("id", "=", user["id"])])["items"][0].as_py()
    with tempfile.TemporaryDirectory() as scratch:
        table = load(lancedb.connect(arguments.database or scratch), arguments.export / "items.parquet")
        query = table.search(user["embedding"]).distance_type("dot").limit(arguments.k)
        if seen:
            query = query.where(f"row NOT IN ({', '.join(map(str, seen))})", prefilter=True)
        for item in query.to_list():
            # LanceDB's distance is 1 - <user, item>.
            print(f"{item['external_id']}\t{1 - item['_distance']:.6f}")


if __name__ == "__main__":
    main()
