# stepped: a worker on the scripted kernel, for the doors that drive it (_stepped.pyx).
from libc.stdint cimport uint64_t

from statshard.plane._scripted cimport Scripted
from statshard.plane.table cimport Table
from statshard.plane.worker cimport Worker

cdef uint64_t count_waiting(Worker *worker) noexcept nogil
cdef bint is_balanced(Worker *worker) noexcept nogil

cdef class ScriptedWorker(Scripted):
    cdef Worker worker
    cdef Table table
    cdef list replaced
