"""Colloquia's room of how work flows: the commands, the sample graph, the campaign graph, and the files of a run.

Begin at `run.py` (the command), `preparation.py` (what it becomes) and `running/session.py` (one session).
"""

import sys

from graphs.rooms import ForeignPackage, check_rooms

if sys.argv[:1] == ["-m"]:  # python -m graphs.COMMAND: its imports are still to come, and take their time
    from graphs.shell.interrupts import exit_at_once
    from graphs.shell.output import fill_closed, steady_output

    fill_closed()
    exit_at_once()
    try:
        check_rooms()
    except ForeignPackage as error:  # the imports would fail with a traceback
        with steady_output():
            print(f"colloquia: {error}", file=sys.stderr)
        raise SystemExit(2) from None
