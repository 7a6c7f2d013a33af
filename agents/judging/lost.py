"""Samples that nothing can save any more: whoever is asked about them is paid for nothing. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from scenarios.records import Evidence, Status
from scenarios.schema.roles import JUDGING, Duty, deciding_names, rejecting_checks
from scenarios.schema.scenario import Scenario


def is_lost(evidence: Iterable[Evidence], scenario: Scenario) -> bool:
    """Whether evidence rejects a sample, whatever else is found of it.

    What leaves it undecided outranks a role that is no check.
    """
    required, found = rejecting_checks(scenario), list(evidence)
    if any(one.check in required and one.status is Status.FAIL for one in found):
        return True
    if any(one.check in required and one.status is Status.ERROR for one in found):
        return False
    roles = deciding_names(scenario)
    deciding = {role for role, kind in roles.items() if not JUDGING[kind].by_check}
    return any(one.check in deciding and one.status is Status.FAIL for one in found)


def is_spared(duty: Duty, evidence: Iterable[Evidence], scenario: Scenario, final: bool) -> bool:
    """Whether the role of a duty is not asked, since the evidence so far rejects the sample for good. `final` says that this
    is its last version."""
    return bool(duty.kind and duty.spares and final and not duty.always) and is_lost(evidence, scenario)
