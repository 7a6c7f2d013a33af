"""One session of a run: set it up, hold it, report what came out. Nothing here prints: a watcher hears what happens.

Begin at `session.py`.
"""
