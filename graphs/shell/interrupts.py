"""Ctrl-C before and after there is something to wind down."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator

_CODE = 130


def exit_at_once() -> None:
    """From now on Ctrl-C ends the process with one line: until something is open, there is nothing to close, and an
    exception in the middle of an import comes out as another one."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _exit)


def _exit(*_: object) -> None:
    with contextlib.suppress(OSError):
        os.write(2, b"colloquia: interrupted\n")
    os._exit(_CODE)


@contextlib.contextmanager
def winding_down() -> Iterator[None]:
    """While the block goes on, Ctrl-C raises KeyboardInterrupt, so that what is open is closed."""
    if signal.getsignal(signal.SIGINT) is not _exit:
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, _exit)
