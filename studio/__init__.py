"""Colloquia's web page over run directories: runs, their samples, and what the samples came from.

It serves one person on the same machine. Nothing here writes to a run, and nothing that a request says names a file.
"""
