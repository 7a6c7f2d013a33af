"""README.md of a run directory: the dataset card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from agents.models.calls import Model
from graphs.files.rundir import PAIRS, write_text

_LICENCES = {
    "gemma-3-270m-q4_k_m": "Gemma 3 270M (Google), under the Gemma Terms of Use: https://ai.google.dev/gemma/terms",
    "scripted": "no model: deterministic placeholder text, fit for tests only",
}


def write_card(out: Path, *, scenario: str, description: str, world: str, models: dict[str, Model], summary: dict[str, Any],
               standings: dict[str, str], talks: bool = False) -> None:  # fmt: skip
    """Write README.md, a dataset card that `datasets.load_dataset(DIR)` reads. `talks`: of free conversations."""
    template = Environment(
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - Markdown, not HTML
        trim_blocks=True,
        lstrip_blocks=True,
    ).from_string((Path(__file__).parent / "card.md.jinja").read_text(encoding="utf-8"))
    pairs = (
        bool(world) and (out / PAIRS).is_file() and (out / PAIRS).stat().st_size > 0
    )  # `datasets` reads no file without rows
    names = sorted({model.name for model in models.values()})
    write_text(
        out / "README.md",
        template.render(
            scenario=scenario,
            description=" ".join(description.split()),
            world=world,
            talks=talks,
            pairs=pairs,
            models={name: _LICENCES.get(name, "see the model's own licence") for name in names},
            summary=summary,
            standings=standings,
        ),
    )
