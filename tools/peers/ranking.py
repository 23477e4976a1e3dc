# SPDX-License-Identifier: Apache-2.0
"""Top-k over the full catalogue and the accuracy metrics, as docs/evaluation.md of the project defines them.

Seen items are masked; ties: score descending, then item row ascending; users without targets are left out.
recall@k divides by all relevant items, recall_capped@k by min(k, relevant); ndcg@k has binary gain, ideal cut at k.
"""

from collections.abc import Callable

import numpy as np
import scipy.sparse as sps

from datasets import HeldOut

Scorer = Callable[[np.ndarray], np.ndarray]  # rows of the HeldOut -> scores [n, items]


def top_k(scores: np.ndarray, history: sps.csr_matrix, k: int) -> np.ndarray:
    rows = np.repeat(np.arange(history.shape[0]), np.diff(history.indptr))
    scores[rows, history.indices] = -np.inf
    # Three spare candidates, so that a tie at the boundary is mostly settled by the item row.
    candidates = np.sort(np.argpartition(-scores, k + 3, axis=1)[:, : k + 3], axis=1)
    values = np.take_along_axis(scores, candidates, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(candidates, order, axis=1)


def top_lists(scorer: Scorer, held_out: HeldOut, k: int, batch: int = 1024) -> np.ndarray:
    lists = []
    for begin in range(0, held_out.history.shape[0], batch):
        rows = np.arange(begin, min(begin + batch, held_out.history.shape[0]))
        lists.append(top_k(np.array(scorer(rows)), held_out.history[rows], k))
    return np.concatenate(lists)


def metric_per_user(name: str, lists: np.ndarray, targets: sps.csr_matrix) -> np.ndarray:
    """One value a user with targets. `name` is recall@k, recall_capped@k or ndcg@k."""
    kind, cut = name.split("@")
    k = int(cut)
    rows = np.arange(lists.shape[0])[:, None]
    hits = np.asarray(targets[rows, lists[:, :k]].todense() if k else 0) != 0
    relevant = np.diff(targets.indptr)
    kept = relevant > 0
    hits, relevant = hits[kept], relevant[kept]
    if kind == "recall":
        return hits.sum(axis=1) / relevant
    if kind == "recall_capped":
        return hits.sum(axis=1) / np.minimum(relevant, k)
    if kind == "ndcg":
        discount = 1.0 / np.log2(np.arange(2, k + 2))
        ideal = np.concatenate([[0.0], np.cumsum(discount)])
        return (hits * discount).sum(axis=1) / ideal[np.minimum(relevant, k)]
    raise ValueError(f"unknown metric {name!r}: expected recall@k, recall_capped@k or ndcg@k")


def evaluate(scorer: Scorer, held_out: HeldOut, metrics: list[str]) -> dict[str, float]:
    longest = max(int(name.split("@")[1]) for name in metrics)
    lists = top_lists(scorer, held_out, longest)
    return {name: float(metric_per_user(name, lists, held_out.targets).mean()) for name in metrics}
