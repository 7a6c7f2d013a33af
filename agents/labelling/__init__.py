"""Labels of texts as models see them: a blind reader says which label a text has, a writer writes a text anew so that it has it.

Begin at `reader.py`.
"""
