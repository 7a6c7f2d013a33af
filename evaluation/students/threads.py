"""One thread for products of matrices: with several, sums run in another order, and are other sums."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache

from threadpoolctl import ThreadpoolController


@cache
def _controller() -> ThreadpoolController:
    """Found once: looking for the libraries takes milliseconds."""
    import scipy.linalg  # type: ignore[import-untyped]  # noqa: F401 - it brings a BLAS of its own, which must be loaded by then

    return ThreadpoolController()


def one_thread() -> AbstractContextManager[object]:
    """Within it, BLAS computes in the thread that asks."""
    limited: AbstractContextManager[object] = _controller().limit(limits=1, user_api="blas")
    return limited
