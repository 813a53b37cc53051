# fuzzer: libFuzzer's driver as a function (llvm.org/docs/LibFuzzer.html, "Using
# libFuzzer as a library").  Extern declarations only.
#
# Weak, so not there in a process that has not loaded libFuzzer, which is every one but
# those of scripts/fuzz.  It is called with the GIL, and so is its callback.
from libc.stdint cimport uint8_t

cdef extern from *:
    """
    extern int LLVMFuzzerRunDriver(
        int *argc, char ***argv, int (*callback)(const uint8_t *, size_t)
    ) __attribute__((weak));
    """
    const bint HAS_DRIVER "(LLVMFuzzerRunDriver != 0)"
    ctypedef int (*Callback)(const uint8_t *octets, size_t size) noexcept
    int run_driver "LLVMFuzzerRunDriver"(
        int *argc, char ***argv, Callback callback
    ) noexcept
