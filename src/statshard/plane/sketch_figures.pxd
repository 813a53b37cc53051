# sketch_figures: a timer's figures from its sketch (sketch_figures.pyx).
from statshard.plane.ddsketch cimport DDSketch, Level
from statshard.plane.figures cimport Asked

cdef size_t write_sketch_row(
    double *row, const Asked *asked, const DDSketch *sketch, double times, Level *room
) noexcept nogil
