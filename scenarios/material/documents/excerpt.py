"""A part of a document, as scenarios hold it and conversations cite it."""

from __future__ import annotations

from scenarios.frozen import Frozen


class Excerpt(Frozen):
    """A part of a document that a conversation may be grounded in, and that answers cite by its id."""

    id: str
    """Short and readable: the document's name and a number, such as `refunds-3`. Letters are of any script."""
    title: str
    """The headings above it, such as 'Refunds › Deadlines'; the document's name if there are none."""
    text: str
    document: str
    """The document's path in its folder, with `/`."""
