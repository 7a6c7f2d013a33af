"""Tests of what a dataset is worth on real data."""
