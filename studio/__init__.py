"""Colloquia's web page over run directories: runs, their samples, and what the samples came from.

It serves people on the same machine. Nothing here writes to a run but verdicts, through the desk of `graphs.reviewing`, and
nothing that a request says names a file.
"""
