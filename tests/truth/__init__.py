"""Documents, layers, stubs, packages and prerequisites tell the truth."""
