"""Tests of graphs/showing."""
