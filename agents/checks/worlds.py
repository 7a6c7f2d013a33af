"""The checks of the proof as evidence: PASS, FAIL, UNVERIFIABLE where the other side was at fault first, or ERROR where
the world has a fault of its own."""

from __future__ import annotations

from functools import partial

from agents.checks.check import NOTHING, Check, Finding, Reading
from agents.proof.proof import CLAIMS, Proof
from scenarios.records import Status
from scenarios.schema.languages import ENGLISH, language_of


def finding(name: str, proof: Proof) -> Finding:
    """What a proof says to one check."""
    if proof.broken:
        return Finding(proof.broken, given=Status.ERROR)
    fault = proof.faults.get(name)
    if fault is None:
        return NOTHING
    if excuse := proof.excuse(name):
        return Finding(f"{fault.detail}; {excuse}", fault.turn, Status.UNVERIFIABLE)
    return Finding(fault.detail, fault.turn)


_WORDLESS = frozenset({"tool_format", "replay", "valid_calls", "read_first", "writes", "end_state"})
"""Checks that look at calls and results alone."""


def _find(name: str, reading: Reading) -> Finding:
    language = reading.candidate.brief.language
    if not reads(name, language):
        return Finding(f"what is said in {language} is not read", given=Status.UNVERIFIABLE)
    return finding(name, reading.proof)


def reads(name: str, language: str) -> bool:
    """Whether a check of the proof can judge what is said in a language."""
    return name in _WORDLESS or language_of(language).name.endswith(ENGLISH)


PROOF_CHECKS: dict[str, Check] = {
    name: Check(partial(_find, name), version=claim.version, early=claim.conduct, fault=claim.fault)
    for name, claim in CLAIMS.items()
}
"""What concerns conduct stands in an unfinished dialogue as well, whatever comes after it."""
