"""A user's documents as excerpts that ground conversations.

Begin at `folder.py`, which reads a folder; `pages.py` reads a format into blocks, `chunks.py` cuts blocks into excerpts,
`related.py` chooses which excerpts go together.
"""
