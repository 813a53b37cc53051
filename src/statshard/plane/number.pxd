# number: decimal text into a double, correct to the last bit (number.pyx).
cdef bint take_decimal(
    const unsigned char **at, const unsigned char *end, double *value
) noexcept nogil
