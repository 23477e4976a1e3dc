#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A first configuration for somebody's CSV: finds separator, header and columns.

csv_config.py FILE.csv OUT.yaml --name NAME    writes the configuration, says what it took for what
csv_config.py FILE.csv --first-user            prints the user of the first event
Columns by header name, else by order: user, item, then timestamp and weight, told apart by their values. Exits 3 when
the file does not look like events.
"""

import argparse
import gzip
import re
import sys

NAMES = {
    "user": ["user", "userid", "customer", "customerid", "member", "memberid", "visitor", "visitorid", "client",
             "clientid", "account", "accountid", "reviewer", "reviewerid"],
    "item": ["item", "itemid", "product", "productid", "sku", "article", "articleid", "movie", "movieid", "track",
             "trackid", "song", "songid", "book", "bookid", "isbn", "asin", "artist", "artistid", "offer", "offerid"],
    "timestamp": ["timestamp", "time", "ts", "date", "datetime", "orderedat", "createdat", "eventtime", "unixtime"],
    "weight": ["weight", "rating", "count", "quantity", "qty", "plays", "score", "value", "amount"],
}
SEPARATORS = ["::", "\t", ";", "|", ","]
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
DATE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?$")


def fail(message):
    print(f"quickstart: {message}", file=sys.stderr)
    sys.exit(3)


def first_lines(path, count=100):
    opener = gzip.open if path.endswith(".gz") else open
    try:
        with opener(path, "rt", encoding="utf-8-sig", errors="replace") as stream:
            lines = [line.rstrip("\r\n") for line, _ in zip(stream, range(count))]
    except OSError as error:
        fail(f"{path}: {error}")
    lines = [line for line in lines if line.strip()]
    if not lines:
        fail(f"{path}: the file is empty; expected lines of user, item and optionally timestamp and weight")
    return lines


def find_separator(path, lines):
    """The separator that cuts every line into the same number of fields, at least two."""
    for separator in SEPARATORS:
        counts = {line.count(separator) for line in lines if '"' not in line} or {lines[0].count(separator)}
        if len(counts) == 1 and counts != {0}:
            return separator
    fail(f"{path}: no separator ({' '.join(repr(s) for s in SEPARATORS)}) cuts all lines into the same number of "
         f"fields; the first line is '{lines[0][:80]}'")


def fields(line, separator):
    return [field.strip().strip('"') for field in line.split(separator)]


def plain(name):
    return re.sub(r"[^a-z0-9]", "", name.lower())


def is_time(value):
    if DATE.match(value):
        return True
    return bool(re.match(r"\d{9,13}$", value)) and float(value) >= 1e8


def columns_by_name(header):
    columns = {}
    for role, names in NAMES.items():
        for name in names:
            found = [field for field in header if plain(field) == name]
            if found and role not in columns:
                columns[role] = found[0]
    return columns


def columns_by_order(rows):
    columns = {"user": 0, "item": 1}
    for index in range(2, min(4, len(rows[0]))):
        values = [row[index] for row in rows if len(row) > index]
        if "timestamp" not in columns and values and all(is_time(value) for value in values):
            columns["timestamp"] = index
        elif "weight" not in columns and values and all(NUMBER.match(value) for value in values):
            columns["weight"] = index
    return columns


def inspect(path):
    """(separator, header?, columns by role: name or position, rows)"""
    lines = first_lines(path)
    separator = find_separator(path, lines)
    rows = [fields(line, separator) for line in lines]
    named = columns_by_name(rows[0])
    if "user" in named and "item" in named:
        return separator, True, named, rows[1:]
    # A first line without any number above lines with numbers is a header of names unknown to us.
    numbers = [any(NUMBER.match(value) for value in row) for row in rows]
    header = len(rows) > 1 and not numbers[0] and all(numbers[1:])
    rows = rows[1:] if header else rows
    return separator, header, columns_by_order(rows), rows


def write_config(path, out, name):
    separator, header, columns, rows = inspect(path)
    if not rows:
        fail(f"{path}: there is a header and nothing below it")
    for role in ("user", "item", "timestamp", "weight"):
        if role in columns:
            where = columns[role] if isinstance(columns[role], str) else f"column {columns[role] + 1}"
            print(f"     {role:<10} {where}")
    quoted = ", ".join(f"{role}: {quote(column)}" for role, column in columns.items())
    split = "{protocol: leave_one_out}" if "timestamp" in columns else "{protocol: random, test_ratio: 0.2}"
    with open(out, "w", encoding="utf-8") as stream:
        stream.write(f"""# Made by tools/quickstart.sh for {path}; yours to change. Every key: configs/README.md.
run: {{name: {quote(name)}}}
data:
  format: table
  path: {quote(path)}
  separator: {quote(separator)}
  header: {"true" if header else "false"}
  columns: {{{quoted}}}
split: {split}
model: {{type: als, factors: 64, iterations: 16}}
evaluation: {{metrics: [recall@20, ndcg@20, coverage@20]}}
""")
    print(f"     written to {out}")


def quote(value):
    if not isinstance(value, str):
        return str(value)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace("$", "$$") + '"'


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv")
    parser.add_argument("out", nargs="?")
    parser.add_argument("--name", default="quickstart")
    parser.add_argument("--first-user", action="store_true")
    arguments = parser.parse_args()
    if arguments.first_user:
        separator, header, columns, rows = inspect(arguments.csv)
        column = columns["user"]
        if isinstance(column, str):
            column = fields(first_lines(arguments.csv, 1)[0], separator).index(column)
        print(rows[0][column])
    else:
        write_config(arguments.csv, arguments.out, arguments.name)


if __name__ == "__main__":
    main()
