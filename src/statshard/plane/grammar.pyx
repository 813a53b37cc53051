"""Grammars: the table of the ways to cut a line into samples, by `compat`.

A worker is given a row, so that no line costs a branch on a name.
"""
from statshard.plane.etsy cimport next_etsy, open_etsy
from statshard.plane.sample cimport Grammar
from statshard.plane.strict cimport next_strict, open_strict

cdef Grammar[2] GRAMMARS
GRAMMARS[0].open = open_strict
GRAMMARS[0].next = next_strict
GRAMMARS[1].open = open_etsy
GRAMMARS[1].next = next_etsy

# The names of the rows, in their order.
COMPATS = ("strict", "etsy")


cdef Py_ssize_t find_compat(str compat) except -1:
    """Return the place of a row; raises ValueError for a name without one."""
    if compat not in COMPATS:
        raise ValueError(f"no such compat: {compat!r}; one of {', '.join(COMPATS)}")
    return COMPATS.index(compat)


cdef const Grammar *find_grammar(str compat) except NULL:
    """Return a row, which stays for good; raises ValueError for a name without one."""
    return &GRAMMARS[find_compat(compat)]
