"""Colloquia from Python: `import colloquia; result = colloquia.run("support", n=20, llm={…})`.

`run` makes a dataset or continues one, `arun` does so in a running event loop, `verify` derives a dataset again,
`evaluate` measures how diverse it is, and `reject` rejects samples of it for good. Nothing is printed, and no signal is handled. Mistakes are exceptions: `UserError`
and its subclasses say in one line what is wrong and what to do.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from colloquia.measuring import evaluate, verify
    from colloquia.rejecting import reject
    from colloquia.result import Result
    from colloquia.running import arun, run
    from evaluation.diversity import Diversity
    from graphs.campaign.progress import Progress
    from graphs.running.rejecting import PersonalRejection
    from graphs.verifying.verification import Verification
    from scenarios.errors import (
        ColloquiaError,
        DatasetError,
        MemoryInUse,
        MemoryUnavailable,
        ModelUnavailable,
        RunDirError,
        ScenarioError,
        SettingsError,
        UserError,
    )

_HOMES = {
    "evaluate": "colloquia.measuring",
    "verify": "colloquia.measuring",
    "reject": "colloquia.rejecting",
    "Result": "colloquia.result",
    "arun": "colloquia.running",
    "run": "colloquia.running",
    "Diversity": "evaluation.diversity",
    "PersonalRejection": "graphs.running.rejecting",
    "Progress": "graphs.campaign.progress",
    "Verification": "graphs.verifying.verification",
}
__all__ = [
    "ColloquiaError",
    "DatasetError",
    "Diversity",
    "MemoryInUse",
    "MemoryUnavailable",
    "ModelUnavailable",
    "PersonalRejection",
    "Progress",
    "Result",
    "RunDirError",
    "ScenarioError",
    "SettingsError",
    "UserError",
    "Verification",
    "arun",
    "evaluate",
    "reject",
    "run",
    "verify",
]


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: the command shows its help before the machinery is loaded."""
    if name not in __all__:
        raise AttributeError(f"module 'colloquia' has no attribute '{name}'")
    from graphs.rooms import check_rooms

    check_rooms()
    return getattr(importlib.import_module(_HOMES.get(name, "scenarios.errors")), name)


def __dir__() -> list[str]:
    return __all__
