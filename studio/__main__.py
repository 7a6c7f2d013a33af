"""`python -m studio`, which is the same as `python -m graphs.studio`."""

from __future__ import annotations

import sys

from studio.command import main

if __name__ == "__main__":
    sys.exit(main())
