# vector: eight words that one operation works on (gcc.gnu.org/onlinedocs/gcc, "Vector
# Extensions"; clang has the same).  Extern declarations only.
#
# Compiled to what the machine has, twice four words on any x86-64; at any alignment.
cdef extern from * nogil:
    """
    typedef uint32_t statshard_u32x8 __attribute__((vector_size(32), aligned(4)));
    """
    # To Cython a number like any other: its operators are those of C.
    ctypedef unsigned long long u32x8 "statshard_u32x8"
