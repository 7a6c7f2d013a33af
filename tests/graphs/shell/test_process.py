"""The process that a run has to itself."""

from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_info

from graphs.shell.process import one_blas_thread


def blas_threads() -> list[int]:
    """The threads of each BLAS that is loaded."""
    np.ones((2, 2)) @ np.ones((2, 2))
    return [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]


def test_products_stay_in_one_thread_though_numpy_is_loaded_long_since() -> None:
    before = blas_threads()
    assert before
    with one_blas_thread():
        assert set(blas_threads()) == {1}
    assert blas_threads() == before
