"""Which briefs a round gets: cells, quotas, steering, parents, and the values of ideated axes.

Begin at `planner.py`.
"""
