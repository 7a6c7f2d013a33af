"""The campaign graph: plan, launch, collect, curate, remember, until the run stops.

Begin at `graph.py`, then `curator.py`.
"""
