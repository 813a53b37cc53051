"""The benchmark's rows: what a work is, what the floor can do, what is chosen."""

from dataclasses import replace

import pytest

from bench.cost import build_load
from bench.rows import (
    HERE_6,
    PAIRS,
    QUICK_S,
    SERIES,
    TARGETS,
    Rows,
    Series,
    Work,
    choose,
    shorten,
)
from statshard.load.corpus import open_traffic
from statshard.load.flags import load_from_flags
from statshard.load.options import LOAD, LoadSettings
from statshard.settings.hashes import HASHES

WORKS = {f"{s.name}-{n}": w for s in SERIES for n, w in enumerate(s.works)}


def settings_of(work: Work) -> LoadSettings:
    """Return what `statshard load` makes of a work's flags."""
    _, *words = build_load(work, "udp://127.0.0.1:8125", ())
    flags = dict(zip(words[::2], words[1::2], strict=True))
    given = {row.key: flags.get(row.flag) for row in LOAD.rows if not row.is_list}
    return load_from_flags(given | {"receive": (), "json": True, "find_limit": False})


@pytest.mark.parametrize("name", WORKS)
def test_each_work_is_one_that_the_load_can_do(name: str) -> None:
    """The flags of a work are valid, and its datagrams as long as it says."""
    work = WORKS[name]
    assert work.datagram_bytes == open_traffic(settings_of(work)).datagram_max


@pytest.mark.parametrize("series", SERIES, ids=lambda series: series.name)
def test_in_a_series_one_thing_varies(series: Series) -> None:
    """The works of a series are its base with each value, and nothing else changed."""
    for value, work in zip(series.values, series.works, strict=True):
        assert value == getattr(work, series.field)
        assert series.base == replace(
            work, **{series.field: getattr(series.base, series.field)}
        )


def test_lines_of_all_numbers_of_names_are_equally_long() -> None:
    """A series of names does not also vary the length of the lines."""
    (names,) = choose(Rows(), {"names"}).series
    assert len({work.datagram_bytes for work in names.works}) == 1


@pytest.mark.parametrize(
    ("work", "fits"),
    [
        (Work(1), True),
        (Work(1, backends=16), True),
        (Work(1, backends=17), False),
        (Work(1, lines=40), True),
        (Work(1, lines=41), False),
        (Work(1, size=1432), True),
        (Work(1, size=1433), False),
        (Work(1, workers=2), False),
        (Work(1, host=HERE_6), False),
    ],
)
def test_the_floor_does_what_it_can_do_whole(work: Work, *, fits: bool) -> None:
    """Few backends, one thread, IPv4, and datagrams that it does not cut."""
    assert fits == work.fits_floor


def test_every_hash_is_held_to_the_target_of_packed() -> None:
    """The cost of each hash is measured as rendezvous' is, and may be no higher."""
    packed = [row for row in TARGETS if row.name.startswith("packed")]
    hashes = [dict(zip(row.flags[::2], row.flags[1::2], strict=True)) for row in packed]
    assert list(HASHES) == [each.get("--hash", "rendezvous") for each in hashes]
    assert {(row.rate, row.lines, row.most_ratio) for row in packed} == {
        (100_000, 10, 1.15)
    }


def test_every_row_has_a_name_of_its_own() -> None:
    """--only means one row."""
    names = Rows().names
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", Rows().names)
def test_one_row_can_be_chosen(name: str) -> None:
    """Choosing by a name leaves that row alone."""
    assert choose(Rows(), {name}).names == (name,)


def test_a_quick_run_has_all_rows_and_takes_a_moment_of_each() -> None:
    """Shortened rows are the same but for their seconds."""
    short = shorten(Rows())
    assert short.names == Rows().names
    works = [w for s in short.series for w in s.works]
    works += [w for p in short.pairs for w in (p.work, p.beside)]
    works += [d.work for d in short.delays]
    assert {w.seconds for w in works} | {t.seconds for t in short.targets} == {QUICK_S}


def test_a_pair_differs_in_one_thing_from_what_it_is_held_against() -> None:
    """Two workers beside one, IPv6 beside IPv4, and all else alike."""
    for pair, field in zip(PAIRS, ("workers", "host"), strict=True):
        same = {field: getattr(pair.beside, field)}
        assert pair.work != pair.beside
        assert pair.beside == replace(pair.work, **same)
