# SPDX-License-Identifier: Apache-2.0
"""implicit's ALS on the GPU (conjugate gradients, 3 steps) on the very matrix that als_bench had: seconds an iteration
and the objective, which is taken of both programs' factors by one function, in double.

    als_bench --device cuda --shape ml20m --factors 128 --form hu_koren_volinsky --solver dual --nu 0 --a0 0.1 \\
        --lambda 0.01 --iterations 14 --warmup 1 --save-csr DIR --save DIR --json
    python als_gpu_implicit.py --folder DIR --shape ml20m --factors 128 --confidence 10 --regularization 0.1 \\
        --iterations 15 --ours auto -o implicit.json

Both minimise  sum_all c (x.y - p)^2 + regularization (|X|^2 + |Y|^2)  with c = confidence for a stored pair (p = 1), else
c = 1 (p = 0). als_bench says the same divided by the confidence: a0 = 1 / confidence, lambda = regularization /
confidence, nu = 0. --device cpu times implicit's CPU twin instead, to try the script where there is no GPU.
"""

import argparse
import json
import os
import statistics
import sys
import time
import types
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # implicit asks for it

import numpy as np  # noqa: E402
import scipy.sparse as sps  # noqa: E402

CHUNK = 1 << 19  # pairs at once: bounds the memory of the gathered rows


def load_matrix(folder: Path, shape: str) -> sps.csr_matrix:
    offsets = np.load(folder / f"{shape}.offsets.npy")
    ids = np.load(folder / f"{shape}.ids.npy")
    if len(ids) >= 2**31:
        raise SystemExit(f"{shape}: {len(ids)} entries; implicit takes fewer than 2^31")
    return sps.csr_matrix((np.ones(len(ids), np.float32), ids, offsets.astype(np.int32)))


def array_module():
    """torch on the GPU where it is there, else numpy: the objective's arithmetic is double in both."""
    try:
        import torch
    except ModuleNotFoundError:
        return None
    return torch if torch.cuda.is_available() else None


def objective(x: np.ndarray, y: np.ndarray, matrix: sps.csr_matrix, confidence: float, regularization: float) -> float:
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    torch = array_module()
    if torch is None:
        to = lambda a: a.astype(np.float64)  # noqa: E731
        take = lambda a: a  # noqa: E731
    else:
        to = lambda a: torch.from_numpy(a).cuda().double()  # noqa: E731
        take = lambda a: torch.from_numpy(a).cuda().long()  # noqa: E731
    x, y = to(x), to(y)
    total = float(((x.T @ x) * (y.T @ y)).sum())  # of (x.y)^2 over all pairs
    for begin in range(0, matrix.nnz, CHUNK):
        part = slice(begin, begin + CHUNK)
        scores = (x[take(rows[part])] * y[take(matrix.indices[part].astype(np.int64))]).sum(1)
        total += float((confidence * (scores - 1.0) ** 2 - scores**2).sum())
    return total + regularization * (float((x * x).sum()) + float((y * y).sum()))


class OnGpu:
    """What implicit.gpu.als.AlternatingLeastSquares.fit does, one iteration a call."""

    def __init__(self, confidence: sps.csr_matrix, factors: int, regularization: float, seed: int) -> None:
        import librmm

        librmm.load_library()
        sys.modules.setdefault("rmm", types.ModuleType("rmm"))  # implicit imports it only to have the library loaded
        import implicit.gpu

        if not implicit.gpu.HAS_CUDA:
            raise SystemExit("implicit.gpu sees no GPU")
        self.gpu, self.regularization = implicit.gpu, regularization
        x, y = start_factors(confidence.shape, factors, seed)
        self.x, self.y = self.gpu.Matrix(x), self.gpu.Matrix(y)
        self.users, self.items = self.gpu.CSRMatrix(confidence), self.gpu.CSRMatrix(confidence.T.tocsr())
        self.gram = self.gpu.Matrix.zeros(factors, factors)
        self.solver = self.gpu.LeastSquaresSolver()

    def synchronise(self) -> None:
        torch = array_module()
        if torch is not None:
            torch.cuda.synchronize()
        else:
            self.gram.to_numpy()  # a copy to the host waits

    def step(self) -> None:
        for entries, solved, fixed in ((self.users, self.x, self.y), (self.items, self.y, self.x)):
            self.solver.calculate_yty(fixed, self.gram, self.regularization)
            self.solver.least_squares(entries, solved, self.gram, fixed, 3)

    def factors(self) -> tuple[np.ndarray, np.ndarray]:
        return self.x.to_numpy(), self.y.to_numpy()


class OnCpu:
    def __init__(self, confidence: sps.csr_matrix, factors: int, regularization: float, seed: int) -> None:
        import implicit.cpu.als

        self.model = implicit.cpu.als.AlternatingLeastSquares(factors=factors, regularization=regularization, alpha=1.0)
        self.x, self.y = start_factors(confidence.shape, factors, seed)
        self.users, self.items, self.regularization = confidence, confidence.T.tocsr(), regularization

    def synchronise(self) -> None:
        pass

    def step(self) -> None:
        self.model.solver(self.users, self.x, self.y, self.regularization)
        self.model.solver(self.items, self.y, self.x, self.regularization)

    def factors(self) -> tuple[np.ndarray, np.ndarray]:
        return self.x, self.y


def start_factors(shape: tuple[int, int], factors: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Uniform in [-1/2K, 1/2K), as fit() draws them."""
    rng = np.random.default_rng(seed)
    draw = lambda rows: ((rng.random((rows, factors), np.float32) - np.float32(0.5)) / np.float32(factors))  # noqa: E731
    return draw(shape[0]), draw(shape[1])


def measure(matrix: sps.csr_matrix, factors: int, args: argparse.Namespace) -> dict:
    confidence = matrix.copy()
    confidence.data[:] = args.confidence
    peer = (OnGpu if args.device == "cuda" else OnCpu)(confidence, factors, args.regularization, args.seed)
    seconds = []
    for _ in range(args.iterations):
        peer.synchronise()
        begin = time.perf_counter()
        peer.step()
        peer.synchronise()
        seconds.append(time.perf_counter() - begin)
    record = {"peer": "implicit 0.7.3", "device": args.device, "shape": args.shape, "factors": factors,
              "iterations": args.iterations, "confidence": args.confidence, "regularization": args.regularization}
    record["iteration_s"] = statistics.median(seconds[1:] or seconds)  # the first warms up
    record["best_s"] = min(seconds)
    record["objective"] = objective(*peer.factors(), matrix, args.confidence, args.regularization)
    prefix = args.folder / f"{args.shape}-{factors}-{args.ours}"
    if Path(f"{prefix}.x.npy").exists():
        ours = [np.load(f"{prefix}.{side}.npy") for side in "xy"]
        record["objective_kindred"] = objective(*ours, matrix, args.confidence, args.regularization)
    return record


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="als_bench's --save-csr and --save")
    parser.add_argument("--shape", default="ml20m")
    parser.add_argument("--factors", type=int, nargs="+", default=[128, 256])
    parser.add_argument("--confidence", type=float, default=10.0)
    parser.add_argument("--regularization", type=float, default=0.1)
    parser.add_argument("--iterations", type=int, default=15)
    parser.add_argument("--ours", default="auto", help="the solver in the names of als_bench's factor files")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("-o", "--output", type=Path)
    args = parser.parse_args()
    matrix = load_matrix(args.folder, args.shape)
    records = []
    for factors in args.factors:
        records.append(measure(matrix, factors, args))
        print(json.dumps(records[-1]), flush=True)
    if args.output:
        args.output.write_text(json.dumps(records, indent=1) + "\n")


if __name__ == "__main__":
    main()
