"""Flush: when an interval ends, what it comes to, and how its figures are named."""
