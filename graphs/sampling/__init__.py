"""The sample graph: a topology as data, compiled to a LangGraph machine, and the decision on what comes out.

Begin at `graph.py`; `topologies/*.yaml` ship.
"""
