# locale: reading a number without the process's locale (newlocale(3), strtod(3)).
# Extern declarations only.
cdef extern from "<locale.h>" nogil:
    ctypedef void *locale_t

    enum: LC_ALL_MASK

    locale_t newlocale(int mask, const char *name, locale_t base)

cdef extern from "<stdlib.h>" nogil:
    double strtod_l(const char *text, char **end, locale_t locale)
