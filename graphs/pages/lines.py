"""One line of a sample as a page shows it."""

from __future__ import annotations

from scenarios.frozen import Frozen


class SideLine(Frozen):
    """One line of a sample: a message, or a field."""

    who: str
    """The speaker, the tool that answers, or the field's name."""
    side: str
    """user, assistant, tool or field."""
    text: str
    folded: bool = False
    """Calls of tools and their results."""
