# SPDX-License-Identifier: Apache-2.0
"""The shipped research sets as user x item matrices, read by the rules of the shipped configs.

gowalla   LightGCN's given split: train and test, rows in the files' id order
ml1m      ratings >= 3.5, users with at least 5 of them, binarised; rows and columns in order of first appearance
"""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import scipy.sparse as sps


@dataclass
class HeldOut:
    """Users to evaluate. Row r of each matrix belongs to users[r]; users is None where they were never trained."""

    users: np.ndarray | None
    history: sps.csr_matrix
    targets: sps.csr_matrix


def data_folder() -> Path:
    folder = os.environ.get("KINDRED_DATA")
    if not folder:
        raise SystemExit("KINDRED_DATA is not set: it names the folder of the data sets")
    return Path(folder)


def read_bytes(path: Path) -> bytes:
    """The content of a plain or zstd file."""
    compression = "zstd" if path.suffix == ".zst" else None
    with pa.input_stream(str(path), compression=compression) as stream:
        return stream.read()


def read_lists(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """ "user item item ..." a line: the events as two arrays."""
    users, items = [], []
    for line in read_bytes(path).splitlines():
        ids = np.array(line.split(), dtype=np.int64)
        if len(ids) > 1:
            users.append(np.full(len(ids) - 1, ids[0]))
            items.append(ids[1:])
    return np.concatenate(users), np.concatenate(items)


def binary_matrix(users: np.ndarray, items: np.ndarray, shape: tuple[int, int]) -> sps.csr_matrix:
    matrix = sps.csr_matrix((np.ones(len(users), np.float32), (users, items)), shape=shape)
    matrix.data[:] = 1.0
    matrix.sort_indices()
    return matrix


def gowalla(folder: Path) -> tuple[sps.csr_matrix, HeldOut]:
    train = read_lists(folder / "gowalla-lightgcn" / "train.txt.zst")
    test = read_lists(folder / "gowalla-lightgcn" / "test.txt.zst")
    shape = (int(max(train[0].max(), test[0].max())) + 1, int(max(train[1].max(), test[1].max())) + 1)
    matrix, targets = binary_matrix(*train, shape), binary_matrix(*test, shape)
    users = np.flatnonzero(np.diff(targets.indptr))
    return matrix, HeldOut(users, matrix[users], targets[users])


def first_appearance(ids: np.ndarray) -> np.ndarray:
    """Rows of external ids, numbered in order of first appearance."""
    _, first, inverse = np.unique(ids, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]


def ml1m(folder: Path, min_weight: float = 3.5, min_user_events: int = 5) -> sps.csr_matrix:
    raw = pa.BufferReader(read_bytes(folder / "ml-1m" / "ratings_uir.csv.zst"))
    names = pa.csv.ReadOptions(column_names=["user", "item", "weight"])
    table = pa.csv.read_csv(raw, read_options=names)
    user, item, weight = (table[name].to_numpy() for name in ("user", "item", "weight"))
    kept = weight >= min_weight
    user, item = user[kept], item[kept]
    active = np.bincount(user)[user] >= min_user_events
    user, item = first_appearance(user[active]), first_appearance(item[active])
    return binary_matrix(user, item, (int(user.max()) + 1, int(item.max()) + 1))


def training_matrix(name: str, folder: Path) -> sps.csr_matrix:
    """The whole training matrix of a set, for timings."""
    if name == "gowalla":
        return gowalla(folder)[0]
    if name == "ml1m":
        return ml1m(folder)
    raise SystemExit(f"unknown set {name!r}: expected gowalla or ml1m")


def hold_out_events(matrix: sps.csr_matrix, ratio: float, seed: int) -> tuple[sps.csr_matrix, sps.csr_matrix]:
    """Per user, floor(ratio x events) random events (at least one where there are two) move to the second matrix."""
    rng = np.random.default_rng(seed)
    lengths = np.diff(matrix.indptr)
    taken = np.where(lengths > 1, np.maximum(1, (ratio * lengths).astype(np.int64)), 0)
    rows = np.repeat(np.arange(matrix.shape[0]), lengths)
    order = np.lexsort((rng.random(matrix.nnz), rows))
    rank = np.empty(matrix.nnz, np.int64)
    rank[order] = np.arange(matrix.nnz) - matrix.indptr[rows]
    held = rank < taken[rows]
    pick = lambda mask: binary_matrix(rows[mask], matrix.indices[mask], matrix.shape)  # noqa: E731
    return pick(~held), pick(held)


def hold_out_users(
    matrix: sps.csr_matrix, test_users: int, validation_users: int, seed: int, target_ratio: float = 0.2
) -> tuple[sps.csr_matrix, HeldOut, HeldOut]:
    """Random users leave whole; a share of their events are targets. Items are those of the remaining users."""
    order = np.random.default_rng(seed).permutation(matrix.shape[0])
    parts = np.split(order, [test_users, test_users + validation_users])
    seen = np.flatnonzero(matrix[parts[2]].getnnz(axis=0))
    folds = []
    for index, part in enumerate(parts[:2]):
        history, targets = hold_out_events(matrix[np.sort(part)][:, seen].tocsr(), target_ratio, seed + 1 + index)
        folds.append(HeldOut(None, history, targets))
    return matrix[np.sort(parts[2])][:, seen].tocsr(), folds[0], folds[1]
