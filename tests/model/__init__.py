"""Plain-Python twins of the compiled code: slow, obvious, and the oracle."""
