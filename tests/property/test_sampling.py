"""The compiled reading of samples and its plain twin agree on everything.

Rule: as in test_pure.py, each test draws, asks both, compares.
"""

from hypothesis import example, given
from hypothesis import strategies as st

from statshard.plane import _sampling
from tests.model import number as number_model
from tests.model import sample as sample_model
from tests.model import series_name as name_model
from tests.model import siphash as siphash_model
from tests.property import sample_strategies as strategies
from tests.property.strategies import lines, octets

any_lines = (
    strategies.sample_lines
    | strategies.tagged_lines
    | strategies.scrambled
    | lines
    | octets
)
compats = st.sampled_from(["strict", "etsy"])


def show(number: float | None) -> str:
    """Give each bit of a double, the sign of 0 too."""
    return "none" if number is None else number.hex()


@given(strategies.spaced_numbers | octets)
@example(b"9" * 65_000)
@example(b"0." + b"0" * 60_000 + b"1e60000")
@example(b"1" + b"0" * 400 + b"." + b"0" * 400 + b"1e-400")
@example(b"-0")
@example(b"9007199254740992")
@example(b"9007199254740993e22")
@example(b"9999999999999999999e-22")
def test_decimal(text: bytes) -> None:
    """A text is the same double, bit for bit, or no number to both."""
    assert show(number_model.decimal(text)) == show(_sampling.decimal(text))


@given(strategies.spaced_numbers | octets)
@example(b"0x" + b"0" * 70_000 + b"1")
@example(b"0b" + b"1" * 54)
@example(b"0b" + b"1" * 53 + b"01")
@example(b"0o" + b"7" * 400)
def test_javascript_number(text: bytes) -> None:
    """What Number() makes of a text is the same, bit for bit."""
    decoded = text.decode("utf-8", "surrogateescape")
    assert show(number_model.javascript(decoded)) == show(_sampling.javascript(text))


@given(
    st.lists(
        st.sampled_from(
            [*(each.encode() for each in number_model.SPACES), b"a", b"\x85"]
        )
        | st.binary(max_size=2),
        max_size=8,
    ).map(b"".join)
)
@example("\u180e\u200b\u2060".encode())
def test_trim(text: bytes) -> None:
    """JavaScript's spaces, and nothing else, are taken off both ends."""
    decoded = text.decode("utf-8", "surrogateescape").strip(number_model.SPACES)
    assert decoded.encode("utf-8", "surrogateescape") == _sampling.trim(text)


@given(any_lines, compats)
@example(b"a:1|c:2|c:3|c|@0.5", "strict")
@example(b"a:1|c|@0.5:2|c|#a:1|@0.1|#b", "strict")
@example(b"a:1:x::3|ms|@2", "strict")
@example(b"a|#b|#c:1|c", "etsy")
@example(b"a:1|c|@+1", "etsy")
@example(b"a:-1|ms ", "etsy")
@example(b"a:x|s ", "etsy")
def test_samples(line: bytes, compat: str) -> None:
    """A line has the model's samples in the model's order, with its refusals."""
    expected = [
        each if isinstance(each, str) else tuple(each)
        for each in sample_model.read_samples(line, compat)
    ]
    assert repr(expected) == repr(_sampling.read_samples(line, compat))


@given(line=any_lines, compat=compats, sanitizes=st.booleans())
@example(line=b"a[k=v]b[c=d]e,f=g#h;i[j]:1|c", compat="strict", sanitizes=True)
@example(line=b"a[b[c]d]e:1|c", compat="strict", sanitizes=False)
@example(line=b"[a=b]:1|c", compat="strict", sanitizes=True)
@example(line=b"*:1|c", compat="strict", sanitizes=True)
@example(line=b"a:1|c|#|#b", compat="etsy", sanitizes=True)
@example(line=b"a:1|c:2|c|#b:1,a:2,b:1", compat="strict", sanitizes=True)
def test_series_name(line: bytes, compat: str, *, sanitizes: bool) -> None:
    """The key of a line's series is the model's."""
    expected = name_model.series_name(line, compat, sanitizes=sanitizes)
    assert expected == _sampling.series_name(line, compat, sanitizes)


@given(
    st.integers(0, 80).flatmap(lambda size: st.binary(min_size=size, max_size=size)),
    st.binary(min_size=16, max_size=16),
    st.sampled_from([(1, 3), (2, 4)]),
)
def test_siphash(data: bytes, key: bytes, rounds: tuple[int, int]) -> None:
    """SipHash of any bytes under any key is the model's."""
    expected = siphash_model.siphash(data, key, rounds)
    assert expected == _sampling.siphash(data, key, rounds)
