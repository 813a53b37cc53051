"""Routing: from settings to an immutable table that says which backend gets a line."""
