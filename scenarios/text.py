"""The one text primitive that worlds and checks share. Pure."""

from __future__ import annotations

import re

_CODE = re.compile(r"[A-Za-z]*-?\d[\dA-Za-z]*(?:[-.,:/]\d+[A-Za-z]*)*")


def codes(text: str) -> list[str]:
    """The numbers and codes in a text."""
    return _CODE.findall(text)
