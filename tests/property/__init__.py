"""Hypothesis tests: compiled and plain code agree on every input."""
