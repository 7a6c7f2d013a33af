"""The exit codes of the commands."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """How a command ended."""

    DONE = 0
    FAULT = 1
    """A fault of ours."""
    MISTAKE = 2
    """Something only the user can put right, said in one line."""
    EARLY = 3
    """Stopped early with a valid partial dataset."""
    DIFFERS = 4
    """A file does not hold what was derived again."""
    UNDERIVED = 5
    """Nothing differs, but some evidence of checks could not be derived: of another version, or the check failed to run."""
    INTERRUPTED = 130
    """Interrupted; the run can continue."""
