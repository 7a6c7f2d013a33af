"""README.md of a run directory: the dataset card."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, Template

from agents.models.calls import Model
from graphs.files.rundir import EDITED, PAIRS, write_text
from scenarios.loading import Loaded

_LICENCES = {
    "gemma-3-270m-q4_k_m": "Gemma 3 270M (Google), under the Gemma Terms of Use: https://ai.google.dev/gemma/terms",
    "scripted": "no model: deterministic placeholder text, fit for tests only",
}
_QUALITY, _NEXT = "## What people found", "## Models and licences"
_HEADING = re.compile(r"\n#{1,6} ")
_MARKDOWN, _ESCAPED = re.compile(r"[\\`*_\[\]<>|#]"), r"\\\g<0>"


def write_card(
    out: Path, loaded: Loaded, *, models: Mapping[str, Model], summary: Mapping[str, Any], standings: Mapping[str, str],
    fork: str = "",
) -> None:  # fmt: skip
    """Write README.md, a dataset card that `datasets.load_dataset(DIR)` reads. `fork` says of branches what they are."""
    scenario, world = loaded.scenario, loaded.world.name if loaded.world else ""
    pairs = (
        bool(world) and (out / PAIRS).is_file() and (out / PAIRS).stat().st_size > 0
    )  # `datasets` reads no file without rows
    names = sorted({model.name for model in models.values()})
    write_text(
        out / "README.md",
        _template().render(
            scenario=scenario.name,
            description=" ".join(scenario.description.split()),
            world=world,
            talks=scenario.conversation is not None,
            tools=bool(loaded.tools or loaded.mcp),
            pairs=pairs,
            models={name: _LICENCES.get(name, "see the model's own licence") for name in names},
            summary=summary,
            standings=standings,
            fork=fork,
            edited=(out / EDITED).is_file(),
        ),
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    return Environment(
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - Markdown, not HTML
        trim_blocks=True,
        lstrip_blocks=True,
    ).from_string((Path(__file__).parent / "card.md.jinja").read_text(encoding="utf-8"))


def put_quality(out: Path, sentence: str) -> None:
    """Put what people's audit allows to be said into the card in `out`, in place of what stood there; without a card, do nothing.
    Raises OSError."""
    path = out / "README.md"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return
    before, found, after = text.partition(f"{_QUALITY}\n")
    if found:
        after = after[next_heading.start() + 1 :] if (next_heading := _HEADING.search(f"\n{after}")) else ""
    else:
        before, found, after = text.partition(_NEXT)
        before, after = before if found else f"{before.rstrip()}\n\n", found + after
    # Reviewers' names are in it
    write_text(path, f"{before}{_QUALITY}\n{_MARKDOWN.sub(_ESCAPED, sentence)}\n\n{after}".rstrip("\n") + "\n")
