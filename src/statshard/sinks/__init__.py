"""Sinks: where flushes go. One interface (sink.py), and one file for each sink."""
