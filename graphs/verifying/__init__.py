"""Deriving a dataset again, without a model and without the journal.

Begin at `dataset.py` (whole files), then `record.py` (one line).
"""
