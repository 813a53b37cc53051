# figures: what a flush computes of a timer's values (figures.pyx has the formulas).
# What is asked of each timer.
cdef struct Asked:
    const double *percentiles
    size_t percentile_count
    double interval_s
    const double *limits       # of the bins, ascending
    size_t limit_count

cdef enum:
    PART_WIDTH = 5             # figures of a percentile
    WHOLE_WIDTH = 9            # figures of all values

cdef void sort_values(double *values, size_t count, double *room) noexcept nogil
cdef size_t count_taken(double percentile, size_t count) noexcept nogil
cdef size_t write_row(
    double *row,
    const Asked *asked,
    const double *values,
    size_t count,
    double times,
    double *room,
) noexcept nogil
