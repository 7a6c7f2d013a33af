"""What a run's scenario says, if it is still there: axes, topology, and where the words of each check and role are."""

from __future__ import annotations

import threading
from pathlib import Path

from graphs.files.axes import as_run
from graphs.preparation import Preparation, prepare_stored
from scenarios.errors import UserError
from scenarios.loading import Loaded
from scenarios.schema.roles import judging_roles


class KnownScenario:
    """The scenario of a run, loaded when it is first asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._prepared: Preparation | None = None
        self.error = ""
        """Why it cannot be loaded, in a line."""

    def prepared(self) -> Preparation | None:
        """The run as it was made; None if its scenario is gone, has changed shape, or needs a trust that nobody gave."""
        with self._lock:
            if self._prepared is None and not self.error:
                try:
                    self._prepared = prepare_stored(self._path)
                except UserError as error:
                    self.error = str(error)
            return self._prepared

    def loaded(self) -> Loaded | None:
        """The scenario with the values that the run ideated, as far as they are there."""
        prepared = self.prepared()
        if prepared is None:
            return None
        try:
            return as_run(prepared.loaded, self._path)
        except UserError:  # no axes.yaml yet
            return prepared.loaded

    def judging(self) -> set[str]:
        """The roles that judge; those of the usual names if the scenario is gone."""
        prepared = self.prepared()
        return set(judging_roles(prepared.loaded.scenario)) if prepared else {"critic", "verifier", "judge"}
