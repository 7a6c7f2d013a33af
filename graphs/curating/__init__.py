"""Curation: what signals find doubtful in a dataset, written beside it. Nothing is dropped unless the user names the reason.

Begin at `curation.py`.
"""
