"""Looking on: the story of a sample, the family tree of records, tables, spans.

Begin at `story.py`.
"""
