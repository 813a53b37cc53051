"""The keys of flushes as names and tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statshard.sinks.series import Series, split_series

ROWS = [
    ("a.b", "a.b", []),
    ("a;k=v", "a", [("k", "v")]),
    ("a;z=1;b=2", "a", [("b", "2"), ("z", "1")]),
    ("a;bare;k=v", "a", [("k", "v"), ("unnamed", "bare")]),
    ("a;x;y", "a", [("unnamed", "x__y")]),
    ("a;k=1;k=2", "a", [("k", "1__2")]),
    ("a;k=;=v;=", "a", [("unnamed", "k__v___")]),
    ("a;k=v=w", "a", [("k", "v=w")]),
    ("a\nb;k\x00=v\x1b\u2028", "a_b", [("k_", "v__")]),
    ("a\udcff;k=\udcfe", "a\ufffd", [("k", "\ufffd")]),
    ("", "", []),
    (";k=v", "", [("k", "v")]),
]


@pytest.mark.parametrize(("key", "name", "tags"), ROWS)
def test_a_key_is_a_name_and_tags(
    key: str, name: str, tags: list[tuple[str, str]]
) -> None:
    """Each row's key has this name and these tags."""
    assert Series(name, tuple(tags)) == split_series(key)


@given(st.text(st.characters(codec=None), max_size=30))
def test_any_key_comes_to_text_without_controls(key: str) -> None:
    """Of any key, name and tags are UTF-8 without control characters; no tag key comes
    twice, and none is empty.
    """
    name, tags = split_series(key)
    keys = [tag for tag, _ in tags]
    assert keys == sorted(set(keys))
    for text in (name, *(part for tag in tags for part in tag)):
        assert not any(ord(each) < 32 or ord(each) == 127 for each in text)
        assert text == text.encode().decode()
    assert all(part for tag in tags for part in tag)
