# stepped: a worker on the scripted kernel, for the doors that drive it (_stepped.pyx).
from libc.stdint cimport uint64_t

from statshard.plane._scripted cimport Scripted
from statshard.plane.forwarding cimport Forwarding
from statshard.plane.table cimport Table
from statshard.plane.worker cimport Worker

cdef uint64_t count_waiting(Forwarding *duty) noexcept nogil
cdef bint is_balanced(Forwarding *duty) noexcept nogil

cdef class ScriptedWorker(Scripted):
    cdef Worker worker
    cdef Forwarding duty
    cdef Table table
    cdef list replaced
