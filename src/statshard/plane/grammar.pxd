# grammar: the table of grammars (grammar.pyx).
from statshard.plane.sample cimport Grammar

cdef Py_ssize_t find_compat(str compat) except -1
cdef const Grammar *find_grammar(str compat) except NULL
