# timer_rows: timers' figures as rows for Python (timer_rows.pyx).
from cpython cimport array

from statshard.plane.figures cimport Asked
from statshard.plane.totals cimport Total, Totals

cdef enum: BINS_MAX = 64        # of a histogram

# What rows of figures are made like: they are many, and short.
cdef array.array DOUBLES

cdef tuple limits_of(object limits)
cdef tuple bins_for(str name, list rules)
cdef size_t fill(double *limits, tuple numbers) except? 0xFFFF
cdef array.array row_of(Totals *totals, const Total *total, const Asked *asked)
