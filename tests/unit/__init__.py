"""Literal cases: the models against vectors, the wire line by line."""
