"""An episode: what a worker finds, what the kernel answers, and what must hold then.

    | which worker | mtu, n | n answers of the kernel's sends | datagram RS RS ...

    octet 1: four bits for the MTU of every path, MTU_STEP apart, 0: nobody knows it;
    four bits for n

A read, up to FLUSHES flushes, then one of which the kernel takes all. The balance must
close after each, and at the end nothing waits. Workers are used again and again, so
that one sees what others left, but for the limit of a path, which would stay low for
minutes; no Python object is made on the way.

Nothing but fuzz/ and the tests of these doors may use this module.
"""
from libc.errno cimport (
    EAGAIN,
    ECONNREFUSED,
    EHOSTUNREACH,
    EINTR,
    EMSGSIZE,
    ENOBUFS,
    ENOMEM,
    EPERM,
)
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memchr

from statshard.plane._fuzzing cimport Fault
from statshard.plane._scripted cimport Script, forget_script, use_script
from statshard.plane._stepped cimport ScriptedWorker, count_waiting, is_balanced
from statshard.plane.batch cimport INBOX_MAX
from statshard.plane.forwarding cimport Forwarding, flush_links
from statshard.plane.link cimport Link
from statshard.plane.worker cimport Worker, publish, read_listeners

cdef enum:
    STAGES_MAX = 8
    ANSWERS_END = 16     # an episode has fewer answers
    IS_ERROR = 0x80      # the bit of an answer that makes it an error
    RS = 0x1E            # ASCII: record separator
    ERROR_COUNT = 8
    MTU_STEP = 48        # bytes
    FLUSHES = 3          # at most, while answers are left

cdef int[ERROR_COUNT] ERRORS = [
    EAGAIN, EINTR, ENOBUFS, ECONNREFUSED, EMSGSIZE, EHOSTUNREACH, EPERM, ENOMEM,
]


# Where an episode is played.
cdef struct Stage:
    Worker *worker
    Forwarding *duty
    Script *script

cdef Stage[STAGES_MAX] stages
cdef uint32_t stage_count = 0
cdef list kept = []    # the workers of the stages


cdef Fault fault_of_episode(const uint8_t *octets, size_t size) noexcept nogil:
    """Play an episode on the stage that its first octet chooses."""
    cdef Stage *stage
    cdef uint64_t datagrams = 0
    if stage_count == 0:
        return b"there is no worker to play on"
    stage = &stages[octets[0] % stage_count if size > 0 else 0]
    use_script(stage.script)
    forget_script(stage.script)
    widen_paths(stage.duty)
    give_episode(stage.script, octets, size)
    read_listeners(stage.worker, &datagrams)
    publish(stage.worker)
    if datagrams != stage.script.input_count:
        return b"a datagram of the batch was not read"
    if not is_balanced(stage.duty):
        return b"the balance does not close after the read"
    for _ in range(FLUSHES):
        flush_links(stage.duty, stage.worker.kernel.now_ns())
        publish(stage.worker)
        if not is_balanced(stage.duty):
            return b"the balance does not close after a flush"
        if stage.script.send_at == stage.script.send_count:
            break
    stage.script.send_count = 0
    flush_links(stage.duty, stage.worker.kernel.now_ns())
    publish(stage.worker)
    if not is_balanced(stage.duty):
        return b"the balance does not close after the last flush"
    if count_waiting(stage.duty) != 0:
        return b"lines wait behind a kernel that takes all"
    return NULL


cdef void widen_paths(Forwarding *duty) noexcept nogil:
    """Let the links, which are empty, forget what their paths took."""
    cdef Link *link
    for i in range(duty.link_count):
        link = &duty.links[i]
        link.limit = link.packer.limit = link.max_payload


cdef void give_episode(
    Script *script, const uint8_t *octets, size_t size
) noexcept nogil:
    """Write an episode's answers and datagrams into a script; the octets must stay."""
    cdef const uint8_t *end = octets + size
    cdef const uint8_t *at = octets + min(<size_t> 2, size)
    cdef size_t answers = octets[1] % ANSWERS_END if size > 1 else 0
    script.send_at = script.send_count = 0
    script.mtu = (octets[1] >> 4) * MTU_STEP if size > 1 and octets[1] >> 4 else -1
    while script.send_count < answers and at < end:
        script.sends[script.send_count] = answer_of(at[0])
        script.send_count += 1
        at += 1
    while at != NULL:
        at = give_datagram(script, at, end)


cdef int answer_of(uint8_t octet) noexcept nogil:
    """Return how many datagrams a send takes, or -errno."""
    return -ERRORS[octet % ERROR_COUNT] if octet & IS_ERROR else octet % 8


cdef const uint8_t *give_datagram(
    Script *script, const uint8_t *start, const uint8_t *end
) noexcept nogil:
    """Give the next datagram; return where the one behind begins, or NULL.

    The last that a batch has room for holds all that is left.
    """
    cdef const uint8_t *at = start
    cdef const uint8_t *after = NULL
    while script.input_count + 1 < INBOX_MAX:
        at = <const uint8_t *> memchr(at, RS, end - at)
        if at == NULL or end - at < 2:
            break
        if at[1] == RS:
            after = at + 2
            break
        at += 1
    script.input[script.input_count] = start
    script.input_sizes[script.input_count] = (end if after == NULL else at) - start
    script.input_count += 1
    return after


# === Python face ===


def use_workers(list workers):
    """Set the workers on which episodes are played."""
    global stage_count
    cdef ScriptedWorker worker
    cdef uint32_t count = 0
    if not 0 < len(workers) <= STAGES_MAX:
        raise ValueError(f"{len(workers)} workers: 1 to {STAGES_MAX} are valid")
    for worker in workers:
        stages[count] = Stage(&worker.worker, &worker.duty, worker.script)
        count += 1
    stage_count = count
    kept[:] = workers


def give(ScriptedWorker worker not None, bytes octets):
    """Give a worker an episode; return the datagrams that it will find."""
    cdef const unsigned char *start = octets
    cdef Script *script = worker.script
    forget_script(script)
    worker.inputs[:] = [octets]
    give_episode(script, start, len(octets))
    return [script.input[i][:script.input_sizes[i]] for i in range(script.input_count)]
