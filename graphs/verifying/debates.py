"""What was argued over a record, as its line tells it: in form, and beside the evidence of who concluded it."""

from __future__ import annotations

from collections.abc import Sequence

from agents.judging.critic import words_of
from agents.judging.debate import debate_malformed
from graphs.sampling.topology import duties
from graphs.verifying.differences import Mismatch
from scenarios.loading import Loaded
from scenarios.records import Candidate, Evidence, Status
from scenarios.schema.topology import Topology


def check_debates(loaded: Loaded, topology: Topology, made: Candidate, told: Sequence[Evidence]) -> None:
    """Raise Mismatch if a line tells of a debate that cannot have been held, or whose conclusion is not the evidence's."""
    due = {duty.node: duty for duty in duties(topology, loaded.scenario).values() if duty.debaters}
    met = set[tuple[str, int]]()
    for place, debate in enumerate(made.debates):
        where, key = f"debates[{place}]", (debate.node, debate.revision)
        if debate.node not in due or key in met or debate.revision > made.revisions or debate.concluded is None:
            nodes = ", ".join(due) or "none, since nobody argues"
            raise Mismatch(
                where, f"a concluded one of each version at most, of {nodes}", f"{debate.node}, {debate.revision}"
            )
        met.add(key)
        if wrong := debate_malformed(debate, due[debate.node]):
            raise Mismatch(f"{where}.statements", wrong, ", ".join(one.role for one in debate.statements))
        said = [one for one in told if one.check == debate.moderator and one.status in (Status.PASS, Status.FAIL)]
        last = debate is made.debates[-1] and debate.revision == made.revisions
        if last and said and said[-1].detail != words_of(debate.concluded):
            raise Mismatch(
                f"{where}.concluded", f"what the {debate.moderator} said: {said[-1].detail}", words_of(debate.concluded)
            )
