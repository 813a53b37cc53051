"""What is kept across a restart where memory is short or the file will not go."""

import asyncio
import logging
from pathlib import Path

import pytest

from statshard.daemon import keeping
from statshard.daemon.server import Server
from statshard.daemon.state_file import StateFile
from statshard.errors import StateError
from statshard.flush.state import State, decode_state, encode_state
from statshard.settings.flags import Found
from statshard.settings.server import SERVER
from statshard.settings.sources import read_settings
from tests.daemon.test_flush_faults import Failing
from tests.daemon.test_server import running

BEFORE = State(1, ((b"g", 5.0, 0), (b"h", 1.0, 0)), ((b"a", 4.0),))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a state that a server left."""
    path = tmp_path / "state"
    path.write_bytes(encode_state(BEFORE))
    return path


def flags(path: Path) -> Found:
    """Return the flags of a server that saves all."""
    return {"state_file": str(path), "save_counters": True}


def saved(path: Path) -> tuple[dict[bytes, float], dict[bytes, float]]:
    """Return the gauges and counters of a file."""
    state = decode_state(path.read_bytes())
    return {key: value for key, value, _ in state.gauges}, dict(state.counters)


async def stop_failing(path: Path, name: str, times: int) -> tuple[list[str], int]:
    """Start from the state, take samples in, and stop while a call of the store fails.

    Return what Graphite was told and how many samples were lost.
    """
    async with running(flags(path)) as at:
        at.send(b"a:1|c\ng:+1|g\nt:5|ms")
        await at.wait_for_datagrams(1)
        flushing = at.server.flushing
        flushing.store = Failing(  # type: ignore[assignment]  # stands in for it
            flushing.store, name, times
        )
    return at.store.lines(), at.server.flushing.lost.total()


def test_a_last_fold_without_memory_loses_its_samples_alone(path: Path) -> None:
    """What was known before is saved, and the carried counters with it; nothing is
    told, and the interval's samples are counted as lost.
    """
    assert ([], 3) == asyncio.run(stop_failing(path, "fold", 1))
    assert ({b"g": 5.0, b"h": 1.0}, {b"a": 4.0}) == saved(path)


def test_carried_counters_that_find_no_memory_stay_saved(path: Path) -> None:
    """Where the fold is made and they cannot be added to it, they are saved again."""
    assert ([], 3) == asyncio.run(stop_failing(path, "add_counter", 1))
    assert ({b"g": 6.0, b"h": 1.0}, {b"a": 4.0}) == saved(path)


def test_a_record_without_memory_is_of_what_is_saved_already(path: Path) -> None:
    """Where the flush fails behind the save, the counters are in the file, once."""
    lines, _ = asyncio.run(stop_failing(path, "timers", 1))
    assert [] == lines
    assert ({b"g": 6.0, b"h": 1.0}, {b"a": 5.0}) == saved(path)


@pytest.mark.parametrize("call", ["gauges", "idle"])
def test_a_state_without_memory_is_not_saved(path: Path, call: str) -> None:
    """Where the state cannot be made, nothing is saved and the last flush tells all."""
    lines, lost = asyncio.run(stop_failing(path, call, 1))
    told = [line for line in lines if line.startswith("stats_counts.a 5 ")]
    assert (1, 0, False) == (len(told), lost, path.exists())


def test_a_swap_without_memory_saves_what_stood(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no table to give a worker, what is known is saved, and counters
    that were told are not.
    """

    async def run() -> None:
        async with running(flags(path)) as at:
            at.send(b"b:1|c")
            await at.wait_for_datagrams(1)
            told = await at.flush()
            assert 1 == len([x for x in told if x.startswith("stats_counts.a 4 ")])
            flushing = at.server.flushing
            flushing._empty.clear()

            def refuse(_: object) -> None:
                raise MemoryError

            monkeypatch.setattr("statshard.daemon.flushing.new_table", refuse)

    asyncio.run(run())
    assert ({b"g": 5.0, b"h": 1.0}, {}) == saved(path)


def test_carried_counters_survive_a_flush_that_fails(path: Path) -> None:
    """A flush that finds no memory tells nothing of them, and the next tells them."""

    async def run() -> list[str]:
        async with running(flags(path)) as at:
            flushing = at.server.flushing
            flushing.store = Failing(  # type: ignore[assignment]  # stands in for it
                flushing.store, "timers", 1
            )
            at.send(b"a:1|c")
            await at.wait_for_datagrams(1)
            await flushing.flush()
            assert 1 == at.server.account().dropped["no_memory"]
            at.send(b"a:2|c")
            await at.wait_for_datagrams(2)
            return await at.flush()

    told = asyncio.run(run())
    assert 1 == len([line for line in told if line.startswith("stats_counts.a 6 ")])


def test_a_file_that_will_not_go_keeps_what_it_holds(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the file cannot be removed the start fails; no counter of it is told, and
    it stays as it is.
    """

    def refuse(_: StateFile) -> None:
        raise StateError("it will not go")

    async def run() -> None:
        found: Found = {"listen": ("udp://127.0.0.1:0",), "no_admin": True}
        settings = read_settings(
            SERVER, {**found, **flags(path)}, environ={}, usable_cpus=1
        ).settings
        server = Server(settings)
        with pytest.raises(StateError, match="it will not go"):
            await server.open()
        await server.close()
        assert server.flushing.last is not None
        assert "a" not in server.flushing.last.counters

    monkeypatch.setattr(StateFile, "remove", refuse)
    asyncio.run(run())
    assert encode_state(BEFORE) == path.read_bytes()


def test_gauges_that_find_no_memory_are_counted(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gauge that cannot stand again is told of as refused; the others stand."""
    told: dict[str, object] = {}

    def tell(event: str, *, level: int = logging.INFO, **fields: object) -> None:
        told.update({event: (level, fields["gauges"], fields["refused_gauges"])})

    async def run() -> None:
        async with running({}) as at:
            keeper = keeping.Keeping(at.server.settings)
            keeper._file = StateFile(str(path))
            failing = Failing(at.server.flushing.store, "put_gauge", 1)
            keeper.restore(
                failing,  # type: ignore[arg-type]  # stands in for it
                at.server.flushing._recipe.idle,
                1.0,
            )
            assert {"h": 1.0} == at.server.flushing.store.gauges()

    monkeypatch.setattr(keeping, "log_event", tell)
    asyncio.run(run())
    assert {"state_restored": (logging.WARNING, 1, 1)} == told
