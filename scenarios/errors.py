"""Every error that Colloquia raises on purpose.

```
ColloquiaError
├── UserError            the user's mistake: one line, exit code 2
│   ├── ScenarioError    a scenario, template or topology is wrong
│   ├── SettingsError    a key or a value is wrong
│   ├── RunDirError      the output directory cannot be used
│   ├── DatasetError     a file of samples cannot be read
│   ├── MemoryInUse      another process owns the memory directory
│   ├── MemoryUnavailable the memory cannot be opened, read or written
│   └── ModelUnavailable the endpoint or the weights cannot be used
├── CallFailed           one model call failed for good: its sample is undecided
│   └── AnswerInvalid    the answer does not fit its schema, also after repair
├── Fault                one request failed; the gateway decides what follows (agents.models.faults)
└── RunStopped           the run must end early, with what it has
    ├── BudgetReached    the next call could pass a budget
    ├── EndpointAway     an endpoint did not come back
    ├── ClusterGone      no Ray worker stays alive
    ├── MemoryTaken      another session took the memory over
    └── Interrupted      the user asked to stop
```
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from scenarios.cleaning import clean

_LONG = re.compile(r"(\S{400})\S+")
_MOST_TOLD = 4000
"""Characters of a message: what it quotes may be a number of thousands of digits."""


class ColloquiaError(Exception):
    """The root of the tree."""


class UserError(ColloquiaError):
    """A mistake of the user's. Its text is one line that names the key or file and what to do, and is safe on a terminal: it
    may quote a file or a server."""

    def __str__(self) -> str:
        return clean(_LONG.sub(r"\1…", super().__str__())[:_MOST_TOLD])


class ScenarioError(UserError):
    """A scenario file, one of its templates or its topology is wrong."""


class SettingsError(UserError):
    """A setting has an unknown key or a value out of range."""


class RunDirError(UserError):
    """The run directory cannot be used."""


class DatasetError(UserError):
    """A file of samples cannot be read, or one of its lines is no sample."""


class MemoryInUse(UserError):
    """Another process owns the memory directory."""


class MemoryUnavailable(UserError):
    """The memory cannot be opened, read or written. In mid-run it stops nothing: the journal has what it lacks."""


class ModelUnavailable(UserError):
    """The model cannot be reached, does not accept the key or does not exist."""


class CallFailed(ColloquiaError):
    """One model call failed for good. `fault` is the class of the last failure."""

    def __init__(self, message: str, fault: str = "call") -> None:
        super().__init__(message)
        self.fault = fault


class AnswerInvalid(CallFailed):
    """An answer does not fit its schema, also after the repair turn. `usage` is what it cost."""

    def __init__(self, message: str, usage: Any = None) -> None:
        super().__init__(message, fault="schema")
        self.usage = usage


class RunStopped(ColloquiaError):
    """The run ends early and keeps what it has; `stopped_by` goes into summary.json."""

    stopped_by = "stopped"

    def fresh(self) -> RunStopped:
        """A copy to raise once more: one that is raised twice carries both tracebacks."""
        return copy.copy(self)


class BudgetReached(RunStopped):
    """The next call could pass the budget named by `limit`."""

    def __init__(self, limit: str) -> None:
        super().__init__(f"budget.{limit} is reached")
        self.stopped_by = f"budget.{limit}"
        self._limit = limit

    def __reduce__(self) -> tuple[Any, ...]:
        return BudgetReached, (self._limit,)


class EndpointAway(RunStopped):
    """An endpoint gave no answer for as long as `llm.outage` allows. The run can go on when it is back."""

    stopped_by = "endpoint"


class ClusterGone(RunStopped):
    """No Ray worker can be kept alive."""

    stopped_by = "runner"


class MemoryTaken(RunStopped):
    """The run gave no sign for so long that another session took its part of the memory server over."""

    stopped_by = "memory"


class Interrupted(RunStopped):
    """The user asked to stop."""

    stopped_by = "interrupted"


def nearest(word: str, known: Iterable[str]) -> str:
    """` (did you mean 'x'?)` for the known word nearest to `word`, or an empty string."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f" (did you mean '{close[0]}'?)" if close else ""
