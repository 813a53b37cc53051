"""The benchmark: what is measured, how, and the page that tells it; door: run.py.

Only floor/ is foreign: a yardstick that shares no code with what it measures.
"""
