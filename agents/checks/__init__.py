"""Checks: pure functions that find what is wrong with a candidate. One module or folder for each family of scenarios.

Begin at `registry.py` (every check by its name), then `check.py` (what a check reads and returns). `guards.py` holds
the checks of single lines and fields, which also work while a sample is made.
"""
