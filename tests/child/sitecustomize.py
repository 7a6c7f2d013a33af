"""Loaded by every Python process that a test starts (its PYTHONPATH names this folder): guards its network too."""

import importlib.util
from pathlib import Path

_spec = importlib.util.spec_from_file_location("offline", Path(__file__).parents[1] / "offline.py")
assert _spec is not None
assert _spec.loader is not None
_offline = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_offline)
_offline.install()
