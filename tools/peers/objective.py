# SPDX-License-Identifier: Apache-2.0
"""The exact ALS objectives in double precision; all pairs cost nnz K + 2 (U + I) K^2 by the trace trick.

kindred   sum_obs (x.y - 1)^2 + a0 tr(X'X Y'Y) + lambda sum_u (n_u + a0 I)^nu |x_u|^2 + (items likewise)
implicit  sum_all c (x.y - p)^2 + lambda (|X|^2 + |Y|^2), c the stored confidence of an observed pair, else 1
"""

import numpy as np
import scipy.sparse as sps

CHUNK = 1 << 16  # pairs at once: bounds the memory of the gathered rows


def observed_scores(x: np.ndarray, y: np.ndarray, matrix: sps.csr_matrix) -> np.ndarray:
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    parts = [slice(begin, begin + CHUNK) for begin in range(0, matrix.nnz, CHUNK)]
    scores = [np.einsum("nk,nk->n", x[rows[part]], y[matrix.indices[part]]) for part in parts]
    return np.concatenate(scores)


def all_pairs(x: np.ndarray, y: np.ndarray) -> float:
    """sum over every pair of (x.y)^2 = tr(X'X Y'Y)."""
    return float(np.sum((x.T @ x) * (y.T @ y)))


def kindred_objective(
    x: np.ndarray, y: np.ndarray, matrix: sps.csr_matrix, a0: float, regularization: float, exponent: float
) -> float:
    x, y = x.astype(np.float64), y.astype(np.float64)
    scores = observed_scores(x, y, matrix)
    users, items = matrix.shape
    penalty_u = regularization * (matrix.getnnz(axis=1) + a0 * items) ** exponent
    penalty_i = regularization * (matrix.getnnz(axis=0) + a0 * users) ** exponent
    fit = np.sum(matrix.data.astype(np.float64) * (scores - 1.0) ** 2)
    ridge = penalty_u @ np.square(x).sum(axis=1) + penalty_i @ np.square(y).sum(axis=1)
    return float(fit + a0 * all_pairs(x, y) + ridge)


def implicit_objective(x: np.ndarray, y: np.ndarray, confidence: sps.csr_matrix, regularization: float) -> float:
    x, y = x.astype(np.float64), y.astype(np.float64)
    scores = observed_scores(x, y, confidence)
    fit = np.sum(confidence.data.astype(np.float64) * (scores - 1.0) ** 2 - scores**2)
    return float(fit + all_pairs(x, y) + regularization * (np.square(x).sum() + np.square(y).sum()))
