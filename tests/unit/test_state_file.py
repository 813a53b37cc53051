"""The state file: written whole or not at all, had by one, and what cannot be."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from statshard.daemon.state_file import StateFile, maybe_refuse_path
from statshard.errors import StateError
from statshard.flush.state import State, encode_state

STATE = State(1, ((b"g", 2.0, 3),))
OCTETS = encode_state(STATE)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the file is."""
    return tmp_path / "state"


def fail(number: int) -> Callable[..., None]:
    """Return a call that fails in the kernel."""

    def call(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    return call


def test_what_is_written_is_loaded_until_it_is_removed(path: Path) -> None:
    """A state comes back as it was; removed, it is there no longer."""
    file = StateFile(str(path))
    assert file.load() is None
    file.write(OCTETS)
    assert file.load() == STATE
    file.remove()
    file.remove()
    assert file.load() is None


def test_what_a_killed_writer_left_is_no_hindrance(path: Path) -> None:
    """A half written file is not loaded, and the next one takes its place."""
    path.with_name("state.new").write_bytes(OCTETS[:9])
    file = StateFile(str(path))
    assert file.load() is None
    file.write(OCTETS)
    assert ["state"] == [each.name for each in path.parent.iterdir()]


@pytest.mark.parametrize("call", ["fsync", "open"])
def test_a_write_that_fails_leaves_what_was_there(
    path: Path, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file before is whole, and nothing stands beside it."""
    file = StateFile(str(path))
    file.write(b"before")
    with monkeypatch.context() as faulty:
        faulty.setattr(os, call, fail(errno.EIO))
        with pytest.raises(OSError, match="Input/output error"):
            file.write(OCTETS)
    assert (b"before", [path]) == (path.read_bytes(), [*path.parent.iterdir()])


def test_a_rename_that_fails_leaves_nothing(path: Path) -> None:
    """Where the name is that of a directory, nothing half written stays."""
    path.mkdir()
    with pytest.raises(IsADirectoryError):
        StateFile(str(path)).write(OCTETS)
    assert [path] == [*path.parent.iterdir()]


def test_all_of_it_is_synced_in_order(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bytes reach the disk before the name does, and the name after the rename; so
    does the removal.
    """
    synced: list[tuple[Path, bool]] = []

    def sync(fd: int) -> None:
        synced.append((Path(f"/proc/self/fd/{fd}").readlink(), path.exists()))

    monkeypatch.setattr(os, "fsync", sync)
    file = StateFile(str(path))
    file.write(OCTETS)
    file.remove()
    new, folder = path.with_name("state.new"), path.parent
    assert [(new, False), (folder, True), (folder, False)] == synced


def test_a_directory_that_is_not_synced_is_no_fault(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has its name already is saved, whatever syncing the directory says."""
    file = StateFile(str(path))
    monkeypatch.setattr(os, "O_DIRECTORY", os.O_WRONLY)  # open(2): EISDIR
    file.write(OCTETS)
    assert file.load() == STATE


def test_of_a_foreign_file_the_beginning_is_read(path: Path) -> None:
    """A file of a terabyte that is none of ours is refused at once."""
    path.write_bytes(b"\0")
    os.truncate(path, 1 << 40)
    with pytest.raises(ValueError, match="it is not a statshard state"):
        StateFile(str(path)).load()


def test_a_symbolic_link_stays_one(path: Path, tmp_path: Path) -> None:
    """Of a link the file is written that it leads to."""
    link = tmp_path / "link"
    link.symlink_to(path)
    StateFile(str(link)).write(OCTETS)
    assert (True, OCTETS) == (link.is_symlink(), path.read_bytes())


def test_what_cannot_be_done_names_the_file(path: Path) -> None:
    """What the kernel refuses at the start is an error of status 71 with the reason."""
    file = StateFile(str(path / "no"))
    path.touch()
    wrong: list[tuple[Callable[[], object], str]] = [
        (file.lock, "be locked"),
        (file.load, "be read"),
        (file.set_aside, "be moved aside"),
        (file.remove, "be removed"),
    ]
    for call, what in wrong:
        with pytest.raises(StateError) as fault:
            call()
        assert f"state_file '{path}/no': cannot {what}: Not a dir" in str(fault.value)
        assert "valid: a file that this user may" in str(fault.value)
        assert 71 == fault.value.exit_status
    file.unlock()


def test_paths_that_will_not_do(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path is refused where no file could be saved, and no file is made to see it."""
    assert maybe_refuse_path(str(path)) is None
    path.touch()
    assert maybe_refuse_path(str(path)) is None
    loop = path.with_name("loop")
    loop.symlink_to(loop)
    wrong = {
        "/dev/full": "is no regular file",
        str(path.parent): "is no regular file",
        str(path / "x"): f"{str(path)!r} is no directory",
        str(path.parent / "no" / "x"): f"no directory '{path.parent}/no'",
        str(path.with_name("x" * 300)): "File name too long",
        str(loop): "Too many levels of symbolic links",
    }
    assert dict.fromkeys(wrong, True) == {
        each: what in (maybe_refuse_path(each) or "") for each, what in wrong.items()
    }
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "cannot be written to; valid: " in (maybe_refuse_path(str(path)) or "")
    assert {"loop", "state"} == {each.name for each in path.parent.iterdir()}
