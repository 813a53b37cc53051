# bits: of words (the compiler's own).  Extern declarations only.
cdef extern from * nogil:
    # Zeros above the highest one of a word, which must not be 0.
    int leading_zeros "__builtin_clzll" (unsigned long long word)
