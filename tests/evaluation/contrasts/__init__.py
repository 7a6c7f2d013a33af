"""Tests of evaluation/contrasts."""
