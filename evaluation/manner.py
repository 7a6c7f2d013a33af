"""How each persona talks: the traits of what it says, and how much of their variance lies between personas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from evaluation.intervals import Figure, mean_of_known, of_mean, rounded
from evaluation.lexical import Floats
from evaluation.metrics import Options
from evaluation.samples import Sample
from evaluation.writing import Trait, slips_of, traits
from scenarios.frozen import Frozen


class Between(Frozen):
    """How much of a trait's variance lies between personas, over samples."""

    eta_squared: float | None
    """Sum of squares between personas over the whole one (Fisher 1925), 0 … 1; None if nothing varies, or if no persona has two
    samples."""
    by_chance: float | None
    """What it would be on average if personas did not matter: (k − 1) / (n − 1) of k personas and n samples."""
    epsilon_squared: float | None
    """The same without that bias (Kelley 1935): 1 − (1 − η²)(n − 1) / (n − k). At most 0 means that no persona shows."""


class PersonaManner(Frozen):
    """How one persona talks."""

    persona: str
    samples: int
    messages: int
    traits: dict[Trait, Figure]
    """The mean over its samples of the mean over a sample's messages."""


class Manner(Frozen):
    """How the personas of one role talk."""

    role: str
    """The role, and the axis whose values its personas are."""
    samples: int
    traits: dict[Trait, Figure]
    """Over all personas."""
    between: dict[Trait, Between]
    personas: tuple[PersonaManner, ...]
    """Those with most samples first."""


def manners(samples: Sequence[Sample], options: Options) -> tuple[Manner, ...]:
    """How personas talk, role by role. A role has personas if an axis has its name; empty if none has.

    Equal samples in an equal order give equal figures.
    """
    roles = sorted({name for sample in samples for name, _ in sample.said if name in sample.cell})
    return tuple(_manner(role, samples, options) for role in roles)


def _manner(role: str, samples: Sequence[Sample], options: Options) -> Manner:
    found = [
        (sample.cell[role], texts)
        for sample in samples
        if role in sample.cell and (texts := [text for name, text in sample.said if name == role])
    ]
    slips = slips_of(text for _, texts in found for text in texts)
    personas = np.array([persona for persona, _ in found], dtype=object)
    measured = [[traits(text, slips) for text in texts] for _, texts in found]
    values = {trait: np.array([mean_of_known([one[trait] for one in each]) for each in measured]) for trait in Trait}
    counts = Counter(persona for persona, _ in found)
    messages = Counter(persona for persona, texts in found for _ in texts)
    rng = np.random.default_rng(options.seed)
    return Manner(
        role=role,
        samples=len(found),
        traits=_figures(values, options, rng),
        between={trait: between(each, personas) for trait, each in values.items()},
        personas=tuple(
            PersonaManner(
                persona=persona,
                samples=counts[persona],
                messages=messages[persona],
                traits=_figures({trait: each[personas == persona] for trait, each in values.items()}, options, rng),
            )
            for persona in sorted(counts, key=lambda name: (-counts[name], name))
        ),
    )


def _figures(values: Mapping[Trait, Floats], options: Options, rng: np.random.Generator) -> dict[Trait, Figure]:
    return {trait: of_mean(each[~np.isnan(each)], options.resamples, rng).figure() for trait, each in values.items()}


def between(values: Floats, groups: np.ndarray) -> Between:
    """How much of the variance of `values` lies between `groups`, both of shape (n,). Values that are NaN are left out."""
    there = ~np.isnan(values)
    values, groups = values[there], groups[there]
    _, members = np.unique(groups.astype(str), return_inverse=True)
    n, k = len(values), int(members.max()) + 1 if len(values) else 0
    whole = float(((values - values.mean()) ** 2).sum()) if n else 0.0
    if k < 2 or n <= k or whole <= 1e-12:
        return Between(eta_squared=None, by_chance=None, epsilon_squared=None)
    sizes = np.bincount(members)
    means = np.bincount(members, values) / sizes
    eta = float((sizes * (means - values.mean()) ** 2).sum()) / whole
    return Between(
        eta_squared=rounded(min(1.0, eta)),
        by_chance=rounded((k - 1) / (n - 1)),
        epsilon_squared=rounded(1 - (1 - eta) * (n - 1) / (n - k)),
    )
