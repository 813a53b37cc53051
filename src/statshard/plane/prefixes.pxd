# prefixes: hitters and offenders as lists, for the store and the doors of tests.
from statshard.plane.hitters cimport Hitters
from statshard.plane.offenders cimport Offenders

cdef list prefixes_of(const Offenders *offenders)
cdef list hitters_of(const Hitters *hitters)
