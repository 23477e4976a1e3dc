#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Recommendations from the Parquet files of an export in SQL (DuckDB), with the result as a pandas table.

    query_with_duckdb.py EXPORT --user ID [-k 10]
"""

import argparse
import pathlib

import duckdb
import pandas


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("export", type=pathlib.Path)
    parser.add_argument("--user", required=True)
    parser.add_argument("-k", type=int, default=10)
    arguments = parser.parse_args()

    database = duckdb.connect()
    for table in ("users", "items", "seen"):
        database.read_parquet(str(arguments.export / f"{table}.parquet")).create_view(table)
    table: pandas.DataFrame = database.execute(
        """
        SELECT items.external_id AS item, list_dot_product(users.embedding, items.embedding) AS score
        FROM items, users JOIN seen USING (id)
        WHERE users.external_id = ? AND NOT list_contains(seen.items, items.id)
        ORDER BY score DESC, items.id LIMIT ?
        """, [arguments.user, arguments.k]).df()
    print(table.to_csv(sep="\t", header=False, index=False, float_format="%.6f"), end="")


if __name__ == "__main__":
    main()
