"""The files of a run directory, all derived from the journal.

Begin at `rundir.py`, then `dataset.py`.
"""
