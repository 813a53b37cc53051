"""The fuzz targets as libFuzzer calls them: bytes in, at the speed of C.

A target is a name and a function that tells what does not hold of an input. libFuzzer
is there only in a process that scripts/fuzz starts; all else here works without it.

Nothing but fuzz/ and the tests of these doors may use this module.
"""
from libc.stdint cimport uint8_t, uint64_t
from libc.stdio cimport fflush, fputs, stderr
from libc.stdlib cimport abort, free, malloc

from statshard.plane._episode cimport fault_of_episode
from statshard.plane._fuzzing cimport Fault, fault_of_heads, fault_of_lines
from statshard.plane._sample_fuzzing cimport fault_of_samples
from statshard.plane.sys.fuzzer cimport HAS_DRIVER, run_driver

import traceback

cdef struct Target:
    const char *name
    Fault (*fault_of)(const uint8_t *octets, size_t size) noexcept nogil

cdef enum: TARGET_COUNT = 4

cdef Target[TARGET_COUNT] TARGETS
TARGETS[0].name = b"datagram"
TARGETS[0].fault_of = fault_of_episode
TARGETS[1].name = b"event"
TARGETS[1].fault_of = fault_of_heads
TARGETS[2].name = b"key"
TARGETS[2].fault_of = fault_of_lines
TARGETS[3].name = b"sample"
TARGETS[3].fault_of = fault_of_samples

# What libFuzzer's callback, which is given nothing but an input, works with.
cdef const Target *running = NULL
cdef uint64_t turn = 0
cdef uint64_t turns = 0      # between two comparisons; 0: none
cdef object compare_input = None


cdef const Target *find_target(str name) except NULL:
    """Return a target; raises KeyError."""
    octets = name.encode()
    for i in range(TARGET_COUNT):
        if octets == TARGETS[i].name:
            return &TARGETS[i]
    raise KeyError(name)


cdef int try_input(const uint8_t *octets, size_t size) noexcept:
    """Try one input; abort where it finds something, so that libFuzzer saves it."""
    global turn
    cdef Fault fault = running.fault_of(octets, size)
    if fault != NULL:
        fputs(b"FAULT: ", stderr)
        fputs(fault, stderr)
        fputs(b"\n", stderr)
        abort()
    turn += 1
    if turn == turns:
        turn = 0
        compare_or_abort(octets, size)
    return 0


cdef void compare_or_abort(const uint8_t *octets, size_t size) noexcept:
    """Compare one input with the model."""
    try:
        compare_input(octets[:size])
    except BaseException:
        traceback.print_exc()
        fflush(NULL)
        abort()


# === Python face ===


def find_fault(str target not None, bytes octets not None):
    """Return what does not hold of an input, or None where all does."""
    cdef const unsigned char *start = octets
    cdef Fault fault = find_target(target).fault_of(start, len(octets))
    return None if fault == NULL else fault.decode()


def fuzz(str target not None, list arguments not None, uint64_t every, compare):
    """Let libFuzzer try inputs, with its arguments; return its status.

    Every so-many-th input goes to `compare` too, which raises where it finds something;
    0: none does. Raises RuntimeError where there is no libFuzzer.
    """
    global running, turns, compare_input
    cdef int count = <int> len(arguments)
    cdef char **words
    if not HAS_DRIVER:
        raise RuntimeError("libFuzzer is not loaded: scripts/fuzz does that")
    running = find_target(target)
    turns = every
    compare_input = compare
    encoded = [argument.encode() for argument in arguments]
    words = <char **> malloc((count + 1) * sizeof(char *))
    if words == NULL:
        raise MemoryError
    for i in range(count):
        words[i] = encoded[i]
    words[count] = NULL
    try:
        return run_driver(&count, &words, try_input)
    finally:
        free(words)
