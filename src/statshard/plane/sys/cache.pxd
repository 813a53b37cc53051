# cache: hints to the processor (gcc.gnu.org/onlinedocs/gcc, __builtin_prefetch).
# Extern declarations only.
cdef extern from * nogil:
    void prefetch "__builtin_prefetch"(const void *address)
