# uniting: what is many of one series, of all workers (uniting.pyx).
from statshard.plane.totals cimport Total, Totals

cdef bint unite_many(Totals *totals, Total *total) noexcept nogil
