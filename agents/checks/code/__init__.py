"""Checks of coding tasks: the tests run in the sandbox, on the function and on mutants of it.

Begin at `programs.py`.
"""
