"""What a run will take, from a few samples that are made first: `forecast.py`, shown by `report.py`."""
