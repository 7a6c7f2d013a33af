"""What a conversation claims of tools: calls that its run offered, and real results that the run's journal kept."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from pathlib import Path

from agents.models.calls import ToolCall
from agents.tools.toolbox import Toolbox
from graphs.files.calls import stored_call
from graphs.tools.cassette import unrecorded
from graphs.tools.stored import stored_tools
from graphs.verifying.differences import Mismatch
from memory.journal.reading import read_journal
from scenarios.material.tools.spec import Grade
from scenarios.records import Candidate


class ToolClaims:
    """Holds what records say of tools against the directory of their run. `journal` is None if that is not there; what then
    cannot be told is counted in `untold`."""

    def __init__(self, journal: Path | None, untold: Counter[str]) -> None:
        self._journal, self._untold = journal, untold
        self.recorded = 0
        """Results that are those which the journal kept, so far."""

    def check(self, made: Candidate) -> None:
        """Raise Mismatch for a call that fits no tool of the run, and for a recorded result that its journal did not keep; RunDirError for
        a directory that cannot be read."""
        if made.scene is None:
            return
        self._check_calls(made)
        self._check_recorded(made)

    @cached_property
    def _offered(self) -> Toolbox:
        return Toolbox(stored_tools(self._journal.parent) if self._journal else ())

    def _check_calls(self, made: Candidate) -> None:
        calls = [call for message in made.messages for call in message.tool_calls or ()]
        if calls and not self._offered.specs:
            self._untold["calls of tools, whose tools.json is not there"] += 1
            return
        for call in calls:
            function = call["function"]
            said = ToolCall(id=call["id"], name=function["name"], arguments=function["arguments"])
            if found := self._offered.fault(said):
                raise Mismatch("tool_calls", "calls of the tools in tools.json", found)

    def _check_recorded(self, made: Candidate) -> None:
        looked = made.scene.looked if made.scene else ()
        if Grade.RECORDED not in made.grades.values() and not looked:
            return
        if self._journal is None:
            self._untold["results of tools, whose journal is not there"] += 1
            return
        calls = read_journal(self._journal, lambda journal: [stored_call(row) for row in journal.calls(made.brief.id)])
        if found := unrecorded(made.messages, made.grades, calls, looked):
            raise Mismatch("grades", "results that the journal kept", found)
        self.recorded += len(looked) + sum(grade is Grade.RECORDED for grade in made.grades.values())
