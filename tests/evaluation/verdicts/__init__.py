"""Tests of evaluation/verdicts."""
