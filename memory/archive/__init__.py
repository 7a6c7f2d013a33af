"""The accepted samples of all runs, in a Chroma directory or server.

Begin at `archive.py`; `chroma.py` is the only file that knows Chroma.
"""
