"""Loads a run of over 10 MB with the oldest `datasets` that reads its card, in a venv of its own:
`python benchmarks/load_dataset.py`.

The newest one is in the test extras (`tests/graphs/files/test_load_dataset.py`). Needs a package index.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from tests.graphs.files.test_load_dataset import BLOCK, written
from tests.helpers import Ran, planned

OLDEST = ("datasets==2.14.7", "pyarrow==17.0.0", "numpy<2")
"""What 2.14.7 was made for; earlier ones choose the reader by all files of a folder, whatever its card says."""
_LOAD = """
import sys, datasets
found = datasets.load_dataset(sys.argv[1], cache_dir=sys.argv[2])["train"]
print(datasets.__version__, found.num_rows, sorted(found.features))
"""


def main() -> None:
    """Print the version, the rows and the columns that each scenario's run is loaded with."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        venv.create(home / "venv", with_pip=True)
        python = home / "venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        child = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | {"HF_HUB_OFFLINE": "1"}
        subprocess.run([python, "-m", "pip", "install", "-q", *OLDEST], check=True, env=child)
        for name in ("support", "howto", "courier"):
            out = home / name
            words = [*planned(name), "llm.backend=scripted", "n=6", f"out={out}", f"memory.path={home / 'memory'}"]
            subprocess.run([sys.executable, "-m", "graphs.run", *words], check=True, stdout=subprocess.DEVNULL)
            big = written(Ran(0, "", "", out), name, home / f"{name}-big", int(BLOCK * 1.1))
            print(name, flush=True)
            subprocess.run([python, "-c", _LOAD, str(big), str(home / "cache")], check=True, env=child)


if __name__ == "__main__":
    main()
