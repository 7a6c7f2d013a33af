"""The journal `run.sqlite`: what was asked, planned and decided, on the disk before anything uses it.

Begin at `journal.py`; `reading.py` reads the journal of a run in progress, `recovery.py` repairs a damaged one,
`trusting.py` checks one that anybody may have made.
"""
