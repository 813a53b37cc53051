"""Membership: which backends there are, and at which addresses."""
