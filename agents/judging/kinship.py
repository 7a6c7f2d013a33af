"""Judges whose model is a relative of a writer's: they are likelier to pass the failures of their own kind (arXiv 2604.06996)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from agents.judging.standing import standing
from agents.models.calls import Model
from agents.models.families import related
from scenarios.loading import Loaded
from scenarios.schema.roles import JUDGING, judging_roles


def kin_of(loaded: Loaded, models: Mapping[str, Model], role: str) -> str:
    """What a role's model has in common with that of a writer of the samples, in words; empty if it is nothing."""
    writers = (name for name in loaded.scenario.writers if name != role)
    return next((shared for name in writers if (shared := related(models[role], models[name]))), "")


def deciding_kin(loaded: Loaded, models: Mapping[str, Model], asked: Collection[str]) -> Iterator[tuple[str, str]]:
    """The judges among the roles that are `asked` whose word decides and whose model is a relative of a writer's, each with
    what the two have in common."""
    judges = [role for role, kind in judging_roles(loaded.scenario).items() if JUDGING[kind].scores and role in asked]
    for role in judges:
        if standing(loaded, role, models[role]).trusted and (shared := kin_of(loaded, models, role)):
            yield role, shared
