"""Experiments with roles: the file (`file.py`), its arms, what counts as better, the report (`report.py`) and its page."""
