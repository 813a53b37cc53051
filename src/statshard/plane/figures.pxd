# figures: what a flush computes of a timer's values (figures.pyx has the formulas).
from libc.stdint cimport uint64_t

# Of all values.
cdef struct Figures:
    double std
    double upper
    double lower
    double sum
    double sum_squares
    double mean
    double median

# Of the lowest or highest so many.
cdef struct Part:
    uint64_t count       # values; 0: too few for this percentile, nothing else is set
    double mean
    double bound         # the highest of the lowest, the lowest of the highest
    double sum
    double sum_squares

cdef void sort_values(double *values, size_t count, double *room) noexcept nogil
cdef void sum_up(
    const double *values, size_t count, double *sums, double *squares
) noexcept nogil
cdef Figures all_figures(
    const double *values, size_t count, const double *sums, const double *squares
) noexcept nogil
cdef Part part_figures(
    const double *values,
    size_t count,
    const double *sums,
    const double *squares,
    double percentile,
) noexcept nogil
cdef void fill_bins(
    const double *values, size_t count, const double *limits, size_t bins, uint64_t *out
) noexcept nogil
