"""What an operation has to keep of the instruction that it works on, as far as it can be compared exactly."""

from __future__ import annotations

from collections.abc import Iterable

from agents.checks.kept import (
    denial_lost,
    kind_lost,
    name_said,
    names_beyond,
    names_lost,
    number_said,
    numbers_beyond,
    numbers_lost,
)

KEEPING = frozenset({"constrain", "deepen", "concretise", "paraphrase"})
"""The operations that keep the matter. Of what broadens, everything may be new."""
_EQUAL = "paraphrase"
"""The operation that adds nothing, either."""


def kept(operation: str, parent: str, child: str) -> str:
    """What the new instruction has lost or, if it may add nothing, has added; or an empty string."""
    if operation not in KEEPING:
        return ""
    if gone := numbers_lost(child, parent):
        return f"leaves out {_listed(number_said(one, parent) for one in gone)} of the first instruction"
    if gone := names_lost(child, parent):
        return f"does not name {_listed(name_said(name, parent) for name in gone)}, as the first instruction does"
    if denial := denial_lost(child, parent):
        return f"drops {denial!r} of the first instruction, which excludes something"
    if kind := kind_lost(child, parent):
        return f"does not ask for a {kind}, as the first instruction does"
    if operation != _EQUAL:
        return ""
    if new := numbers_beyond(child, parent):
        return f"says {_listed(number_said(one, child) for one in new)}, which the first instruction does not say"
    new = names_beyond(child, parent)
    return (
        f"names {_listed(name_said(name, child) for name in new)}, whom the first instruction does not name"
        if new
        else ""
    )


def _listed(found: Iterable[str]) -> str:
    return ", ".join(found)
