"""One page that needs nothing from anywhere: templates, the style, and texts that can be shown. Pure.

What a model, a file or a user wrote is text: the templates escape it, and characters that hide or turn others are written out.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from graphs.pages import wording
from graphs.pages.plots import letters
from scenarios.cleaning import clean

_HOME = Path(__file__).parent
_MOST_TEXT = 20_000
"""Characters of one line of a sample that a page shows."""


def render(template: Path, **values: Any) -> str:
    """The page of a template that extends `base.html.jinja`, with these values and the findings' marks and words; the same for
    the same values. Its texts must have gone through `cleaned`."""
    # Ours, and no data: it is named in the policy by its hash, so that no other style counts.
    style = (_HOME / "page.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    found = _environment(template.parent).get_template(template.name)
    return found.render(style=Markup(style), digest=digest, marks=wording.MARKS, told=wording.TOLD, **values)


def lettered(names: list[str]) -> dict[str, str]:
    """The letter of each name, in their order."""
    return dict(zip(names, letters(len(names)), strict=True))


def cleaned(value: Any) -> Any:
    """A dump with all its texts, keys included, as they can be shown."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(key): cleaned(inner) for key, inner in value.items()}
    return [cleaned(inner) for inner in value] if isinstance(value, list) else value


@cache
def _environment(home: Path) -> Environment:
    environment = Environment(
        loader=FileSystemLoader([home, _HOME]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "hundred": wording.hundred, "share": wording.share, "amount": wording.amount, "dollars": wording.dollars,
        "percent": wording.percent, "number": wording.number, "measured": wording.measured, "usd": wording.usd, "cut": _cut,
    }  # fmt: skip
    return environment


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]} … ({len(text) - _MOST_TEXT:,} more characters)"
