"""Where sample graphs run: in this process, or in Ray workers.

Begin at `local.py`.
"""
