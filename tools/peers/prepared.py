# SPDX-License-Identifier: Apache-2.0
"""Reads a prepared dataset of Kindred (docs/file_formats.md) with numpy, so that a peer gets the very same split.

Each array is a little-endian file named in MANIFEST.json with dtype and count; a CSR matrix is NAME.offsets,
NAME.ids and, where not all values are 1, NAME.values.
"""

import json
from pathlib import Path

import numpy as np
import scipy.sparse as sps

from datasets import HeldOut


class Prepared:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = json.loads((folder / "MANIFEST.json").read_text())
        if self.manifest.get("format_version") != 1:
            raise SystemExit(f"{folder}: format version {self.manifest.get('format_version')}, this script reads 1")
        self.files = {entry["name"]: entry for entry in self.manifest["files"]}
        self.num_users = int(self.manifest["num_users"])
        self.num_items = int(self.manifest["num_items"])

    def array(self, name: str) -> np.ndarray:
        entry = self.files[name]
        data = np.fromfile(self.folder / name, dtype=np.dtype(entry["dtype"]).newbyteorder("<"))
        if len(data) != entry["count"]:
            raise SystemExit(f"{self.folder / name}: {len(data)} values, the manifest says {entry['count']}")
        return data

    def matrix(self, name: str) -> sps.csr_matrix:
        offsets, ids = self.array(f"{name}.offsets"), self.array(f"{name}.ids")
        has_values = self.files.get(f"{name}.values", {}).get("count", 0) == len(ids) > 0
        values = self.array(f"{name}.values") if has_values else np.ones(len(ids), np.float32)
        # 32-bit offsets where they suffice: the peers take nothing else.
        offsets = offsets.astype(np.int32 if len(ids) < 2**31 else np.int64)
        return sps.csr_matrix((values, ids, offsets), shape=(len(offsets) - 1, self.num_items))

    def train(self) -> sps.csr_matrix:
        return self.matrix("train")

    def part(self, name: str) -> HeldOut | None:
        """`name` is validation or test; None where the dataset has no such part."""
        part = self.manifest[name]
        if not part["present"]:
            return None
        users = None if part["fold_in"] else self.array(f"{name}.users")
        return HeldOut(users, self.matrix(f"{name}.history"), self.matrix(f"{name}.targets"))
