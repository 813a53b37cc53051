# sample: what a line says of its series, one sample after another (sample.pyx).
from statshard.plane.line cimport Line

# What a sample does to its series.
cdef enum Kind:
    COUNTER
    GAUGE
    GAUGE_DELTA
    TIMER
    SET

cdef struct Sample:
    Kind kind
    double value                      # not of a SET
    # 1 / rate, 1.0 without one: how many events it stands for.  Of a GAUGE, GAUGE_DELTA
    # or SET it means nothing.
    double scale
    const unsigned char *member       # of a SET only
    const unsigned char *member_end

# Why a sample is refused.  The first is not a refusal.
ctypedef unsigned int SampleReason

cdef enum:
    GOOD
    NO_VALUE
    BAD_VALUE
    BAD_TYPE
    BAD_RATE
    NO_NAME
    SAMPLE_REASONS

cdef enum: SAMPLE_REASON_COUNT = SAMPLE_REASONS

cdef struct Samples
ctypedef SampleReason (*OpenSamples)(
    Samples *samples, const Line *line
) noexcept nogil
ctypedef bint (*NextSample)(
    Samples *samples, Sample *sample, SampleReason *reason
) noexcept nogil

# How a line is cut into samples: a row of the table of grammar.pyx.
cdef struct Grammar:
    OpenSamples open
    NextSample next

# A cursor over the samples of one line; all pointers are into the line.
cdef struct Samples:
    const Grammar *grammar
    const unsigned char *name         # as it was sent, tags in it and all
    const unsigned char *name_end
    const unsigned char *tags         # behind "|#"; both NULL where there are none
    const unsigned char *tags_end
    const unsigned char *end          # no piece goes beyond it
    # The piece at hand: `value|type` or `value:value|type`, and what belongs to it.
    const unsigned char *at           # its next value; NULL where no sample is left
    const unsigned char *bar          # one past its last value
    const unsigned char *next         # the piece behind it, or NULL
    SampleReason reason               # GOOD, or why no value of the piece is
    Kind kind
    double scale


cdef inline SampleReason open_samples(
    Samples *samples, const Line *line, const Grammar *grammar
) noexcept nogil:
    """Begin with a judged line. GOOD, or why it has no samples and is refused whole.

    Before or after it, `series_name` says whose samples they are.
    """
    samples.grammar = grammar
    return grammar.open(samples, line)


cdef inline bint next_sample(
    Samples *samples, Sample *sample, SampleReason *reason
) noexcept nogil:
    """Take the next sample; False where none is left.

    `reason` is GOOD, and `sample` filled; or why this one is dropped: it counts as one.
    """
    return samples.grammar.next(samples, sample, reason)
