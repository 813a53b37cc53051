# _sample_fuzzing: what must hold of any line's samples; it has no face of its own.
