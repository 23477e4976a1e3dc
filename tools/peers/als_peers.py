# SPDX-License-Identifier: Apache-2.0
"""irspack's and implicit's ALS behind one small interface: step() is one iteration (users, then items).

Read in their sources (irspack 0.5.2 recommenders/ials.py, implicit 0.7.3 cpu/als.py):
- irspack, loss_type IALSPP, confidence_scaling none, nu_star None minimises one half of
      sum_obs x_ui (u.v - 1)^2 + alpha0 sum_all (u.v)^2 + reg sum_u (alpha0 I + n_u)^nu |u|^2 + (items likewise),
  which is Kindred's objective with unobserved_weight = alpha0, regularization = reg, regularization_exponent = nu.
  Factors are float32, initialised N(0, (init_std / sqrt K)^2); CG starts from the row's present vector.
- implicit minimises sum_all c_ui (u.v - p_ui)^2 + reg (|U|^2 + |V|^2), where c is the stored value (1 elsewhere),
  so that Kindred's c = 1 + alpha r is passed as the value 1 + alpha r. Factors start uniform in [0, 0.01).
"""

from dataclasses import dataclass

import implicit.cpu.als
import numpy as np
import scipy.sparse as sps
from irspack.recommenders.ials import IALSTrainer, str_to_loss_type, str_to_solver_type


@dataclass
class AlsSettings:
    factors: int
    unobserved_weight: float = 0.1
    regularization: float = 0.003
    exponent: float = 1.0
    init_stddev: float = 0.1
    cg_steps: int = 3
    threads: int = 2
    seed: int = 42


class Irspack:
    """solver: CHOLESKY, CG or IALSPP."""

    def __init__(self, matrix: sps.csr_matrix, settings: AlsSettings, solver: str = "CG") -> None:
        self.trainer = IALSTrainer(
            X=matrix,
            n_components=settings.factors,
            alpha0=settings.unobserved_weight,
            reg=settings.regularization,
            nu=settings.exponent,
            init_std=settings.init_stddev,
            solver_type=str_to_solver_type(solver),
            max_cg_steps=settings.cg_steps,
            ialspp_subspace_dimension=64,
            loss_type=str_to_loss_type("IALSPP"),
            random_seed=settings.seed,
            n_threads=settings.threads,
            # New users are solved to convergence, so that fold-in does not blur a comparison of models.
            prediction_time_max_cg_steps=2 * settings.factors if solver == "CG" else 5,
            prediction_time_ialspp_iteration=7,
        )

    def step(self) -> None:
        self.trainer.run_epoch()

    def factors(self) -> tuple[np.ndarray, np.ndarray]:
        return np.array(self.trainer.core_trainer.user), np.array(self.trainer.core_trainer.item)

    def fold_in(self, histories: sps.csr_matrix) -> np.ndarray:
        return np.array(self.trainer.transform_user(histories.astype(np.float32)))


class Implicit:
    """solver: CHOLESKY (use_cg=False) or CG (use_cg=True, 3 steps)."""

    def __init__(self, confidence: sps.csr_matrix, settings: AlsSettings, solver: str = "CG") -> None:
        self.settings = settings
        self.users_csr = confidence.astype(np.float32).tocsr()
        self.items_csr = self.users_csr.T.tocsr()
        self.model = implicit.cpu.als.AlternatingLeastSquares(
            factors=settings.factors,
            regularization=settings.regularization,
            alpha=1.0,
            use_cg=solver == "CG",
            num_threads=settings.threads,
        )
        rng = np.random.RandomState(settings.seed)
        users, items = confidence.shape
        self.x = rng.random((users, settings.factors)).astype(np.float32) * np.float32(0.01)
        self.y = rng.random((items, settings.factors)).astype(np.float32) * np.float32(0.01)

    def step(self) -> None:
        """What fit() does in one iteration."""
        solve, threads = self.model.solver, self.settings.threads
        solve(self.users_csr, self.x, self.y, self.settings.regularization, num_threads=threads)
        solve(self.items_csr, self.y, self.x, self.settings.regularization, num_threads=threads)

    def factors(self) -> tuple[np.ndarray, np.ndarray]:
        return self.x.copy(), self.y.copy()


def make(name: str, matrix: sps.csr_matrix, settings: AlsSettings) -> Irspack | Implicit:
    """`name` is one of irspack-cholesky, irspack-cg, implicit-cholesky, implicit-cg."""
    program, _, solver = name.partition("-")
    kinds = {"irspack": Irspack, "implicit": Implicit}
    if program not in kinds or solver not in ("cholesky", "cg"):
        raise SystemExit(f"unknown peer {name!r}: expected {{irspack,implicit}}-{{cholesky,cg}}")
    return kinds[program](matrix, settings, solver.upper())
