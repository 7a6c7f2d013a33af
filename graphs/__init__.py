"""Colloquia's room of how work flows: the commands, the sample graph, the campaign graph, and the files of a run.

Begin at `run.py` (the command), `preparation.py` (what it becomes) and `running/session.py` (one session).
"""

import sys

from graphs.rooms import ForeignPackage, check_rooms

if sys.argv[:1] == ["-m"]:  # python -m graphs.COMMAND: its imports would fail with a traceback
    try:
        check_rooms()
    except ForeignPackage as error:
        print(f"colloquia: {error}", file=sys.stderr)
        raise SystemExit(2) from None
