"""A load's generator on the scripted kernel; its senders' descriptors are 0, 1, ...

Nothing but tests may use this module.
"""
from libc.stdint cimport uint64_t

from statshard.plane._scripted cimport Scripted, scripted_kernel, use_script
from statshard.plane.generator cimport (
    Generator,
    close_generator,
    open_generator,
    run_generator,
)
from statshard.plane.load cimport Traffic

cdef enum:
    FAST = 10_000_000    # datagrams/s


cdef class ScriptedGenerator(Scripted):
    """A generator that sends as fast as it may."""

    cdef Generator generator
    cdef Traffic traffic

    def __cinit__(self, Traffic traffic not None):
        self.traffic = traffic
        self.generator.kernel = scripted_kernel()
        if open_generator(&self.generator, &traffic.c, traffic.datagram_max) < 0:
            raise MemoryError
        for i in range(traffic.c.senders):
            self.generator.descriptors[i] = i

    def __dealloc__(self):
        close_generator(&self.generator)

    def run(self, uint64_t count):
        """Send the next datagrams; return 0 or -errno."""
        use_script(self.script)
        return run_generator(&self.generator, count, FAST)

    def counts(self):
        """Return (datagrams, held, refused)."""
        return self.generator.sent, self.generator.held, self.generator.refused
