"""The labels of a dataset as a model is shown them: what each means, and texts that surely have it. Pure."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from scenarios.frozen import Frozen
from scenarios.seeds import seed_of
from scenarios.text import shortened

NONE_FITS = "none of these"
"""What a reader answers if a text has no label of the list."""
LONGEST_EXAMPLE = 300
_LONGEST_TEXT = 12_000
"""Characters of a text that a prompt shows."""
_EXAMPLES = 120
"""Examples that a prompt shows at the most, over all labels."""
_EACH = 3
"""Examples of a label that a prompt shows at the most."""


class KnownLabels(Frozen):
    """The labels that a text may have."""

    about: str = ""
    """What the texts are, in a few words."""
    meanings: Mapping[str, str]
    """Label → what it means; empty if nobody said."""
    examples: Mapping[str, tuple[str, ...]] = {}
    """Label → texts that surely have it."""

    def shown(self, variant: int) -> list[dict[str, Any]]:
        """The labels with meanings and some examples, in an order and with a choice of examples that go with the variant: what order
        and examples do to an answer shows in the difference between variants."""
        rng = random.Random(seed_of("labels", variant))
        names = sorted(self.meanings)
        rng.shuffle(names)
        most = min(_EACH, _EXAMPLES // max(1, len(names)))
        return [
            {"name": name, "meaning": self.meanings[name], "examples": self._some(name, most, variant)}
            for name in names
        ]

    def _some(self, name: str, most: int, variant: int) -> list[str]:
        known = self.examples.get(name, ())
        rng = random.Random(seed_of("examples", variant, name))
        return [shortened(" ".join(text.split()), LONGEST_EXAMPLE) for text in rng.sample(known, min(most, len(known)))]


def in_turn(shown: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """The examples among labels that are shown, each with its label, one of each label in turn: what stands last is no label's own."""
    return [(row["name"], row["examples"][at]) for at in range(_EACH) for row in shown if at < len(row["examples"])]


def shown_text(text: str) -> str:
    """A text as a prompt shows it: what is too long is cut in the middle, so that beginning and end are there."""
    if len(text) <= _LONGEST_TEXT:
        return text
    half = _LONGEST_TEXT // 2
    return f"{text[:half]}\n[…]\n{text[-half:]}"
