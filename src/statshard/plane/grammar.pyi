# grammar: the names of the grammars, typed; the grammars themselves are C.
COMPATS: tuple[str, ...]
