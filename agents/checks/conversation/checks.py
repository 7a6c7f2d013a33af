"""The checks of free conversations by their names in the evidence."""

from __future__ import annotations

from agents.checks.check import Check
from agents.checks.conversation.arguments import arguments_kept
from agents.checks.conversation.cited_numbers import numbers_cited
from agents.checks.conversation.facts import facts_conveyed, private_kept, values_kept
from agents.checks.conversation.form import ended_well, message_form, not_said_twice
from agents.checks.conversation.sources import cites_enough, cites_given
from agents.checks.conversation.sums import sums_hold
from agents.proof.faults import FaultOf

CONVERSATION = {
    "message_form": Check(message_form, 2, early=True),
    "values_kept": Check(values_kept, 2, early=True, fault=FaultOf.TRUTH),
    "private_kept": Check(private_kept, early=True, fault=FaultOf.TRUTH),
    "arguments_kept": Check(arguments_kept, early=True, fault=FaultOf.TOOLS),
    "cites_given": Check(cites_given, 2, early=True, fault=FaultOf.TRUTH),
    "cites_enough": Check(cites_enough, fault=FaultOf.TRUTH),
    "numbers_cited": Check(numbers_cited, early=True, fault=FaultOf.TRUTH),
    "sums_hold": Check(sums_hold, early=True, fault=FaultOf.TRUTH),
    "facts_conveyed": Check(facts_conveyed),
    "not_said_twice": Check(not_said_twice, early=True),
    "ended_well": Check(ended_well),
}
