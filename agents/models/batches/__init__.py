"""Calls that go to an endpoint together, for half the price and in hours: gathered, sent, found again, taken apart.

Begin at `desk.py`. The interface itself is `agents.models.endpoint.batch`.
"""
