# _fuzzing: what must hold of any line; it has no face of its own.
