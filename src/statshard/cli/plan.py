"""statshard plan: what moves when backends, the hash or the key change.

now       -c OLD, or flags
then      --to NEW, or a change of what is now: --add, --remove, --weight,
--to-hash, --to-shard-by
"""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from statshard.cli.options import config_option, one_of, setting_options
from statshard.cli.placing import PLACEMENT, read_placement
from statshard.errors import SettingsError, StatshardError
from statshard.routing.configured import Configured
from statshard.routing.functions import choose, own_key
from statshard.routing.placement import Placement, place
from statshard.routing.plan import make_plan
from statshard.routing.ring_id import RingMember
from statshard.routing.show_plan import MARKS, PLAIN_MARKS, plan_as_json, plan_as_text
from statshard.routing.snapshot import placement_of
from statshard.settings.addresses import BACKEND_FORM, read_backend
from statshard.settings.effective import Effective
from statshard.settings.hashes import HASHES, KEYS
from statshard.settings.model import PROXY, ProxySettings
from statshard.settings.reading import positive, quoted

CHANGES = ("add", "remove", "weight", "to_hash", "to_shard_by")


@dataclass(frozen=True, slots=True)
class Member:
    """A backend of the ring that a change makes."""

    name: str
    node: str
    weight: float


@click.command("plan", short_help="What moves when backends or the hash change.")
@config_option
@setting_options(PROXY, keys=PLACEMENT)
@click.option(
    "--to",
    metavar="FILE",
    type=click.Path(),
    help="The settings file that comes after.",
)
@click.option(
    "--add",
    metavar=BACKEND_FORM,
    multiple=True,
    help="A backend that comes, behind the others.",
)
@click.option(
    "--remove", metavar="NAME", multiple=True, help="A backend that goes for good."
)
@click.option(
    "--weight", metavar="NAME=W", multiple=True, help="A backend's weight afterwards."
)
@click.option(
    "--to-hash",
    metavar="NAME",
    shell_complete=one_of(HASHES),
    help="The hash afterwards.",
)
@click.option(
    "--to-shard-by",
    metavar="KEY",
    shell_complete=one_of(KEYS),
    help="The key afterwards.",
)
@click.option(
    "--keys",
    metavar="FILE",
    type=click.Path(),
    help="Weigh by these: metric names, each once, or lines of StatsD (told apart by "
    "the colon in the first); - is standard input.",
)
@click.option("--json", "is_json", is_flag=True, help="Print JSON instead of a text.")
def command(
    *,
    config: str | None,
    to: str | None,
    keys: str | None,
    is_json: bool,
    **given: Any,  # noqa: ANN401 -- texts by key, as read_settings takes them
) -> None:
    """Show what share of keys moves to another backend, and between which.

    Between two rings of rendezvous by the same key it is counted over all slots, else
    over generated names, or with --keys over real ones. Each is placed as the proxy
    places it before and after. Backends are the same where their names are. Exit
    status: 0 done; 1 could not read; 2 usage; 78 bad settings.

    \b
    Example: what a third backend takes over
      statshard plan --backend one=10.0.0.1:8125 --backend two=10.0.0.2:8125 \\
          --add three=10.0.0.3:8125
    """  # noqa: D301 -- click's help page: \b is its mark
    change = {key: given.pop(key) for key in CHANGES}
    _refuse_usage(to, change)
    now = read_placement(given, config)
    old = placement_of(now.settings)
    new = _changed(now, old, change) if to is None else _read_new(to)
    plan = make_plan(old, new, None if keys is None else _read_keys(keys))
    if is_json:
        click.echo(json.dumps(plan_as_json(plan)))
    else:
        click.echo(plan_as_text(plan, marks=_marks()))


def _refuse_usage(to: str | None, change: dict[str, Any]) -> None:
    """Raise UsageError where it is not said, or said twice, what comes after."""
    given = ["--" + key.replace("_", "-") for key in CHANGES if change[key]]
    if to is not None and given:
        raise click.UsageError(f"--to and {given[0]}: a file, or a change; give one")
    if to is None and not given:
        raise click.UsageError(
            "nothing comes after: give --to FILE, or a change: --add, --remove, "
            "--weight, --to-hash, --to-shard-by"
        )


def _read_new(path: str) -> Placement:
    """Return the placement of the file that comes after."""
    return placement_of(read_placement({}, path).settings)


def _changed(
    now: Effective[ProxySettings], old: Placement, change: dict[str, Any]
) -> Placement:
    """Return what a placement becomes by the flags of a change."""
    members = [Member(b.name, b.node, b.weight) for b in old.ring.backends]
    for name in change["remove"]:
        members.remove(_member("--remove", name, members))
    members += [_added(text) for text in change["add"]]
    for text in change["weight"]:
        name, weight = _read("--weight", text, _weight_of)
        member = _member("--weight", name, members)
        members[members.index(member)] = replace(member, weight=weight)
    ring = old.ring
    hash_name = change["to_hash"] or ring.hash
    # A key that followed from the hash, a map that followed from the backends, follow
    # from the next ones too.
    given = {key for key, origin in now.origins.items() if origin.source != "default"}
    key = ring.shard_by if "shard_by" in given else own_key(hash_name)
    then = Configured(hash_name, change["to_shard_by"] or key, tuple(members))
    if hash_name == ring.hash:
        entries = ring.shard_map if "shard_map" in given else ()
        then = replace(then, hash_prefix=ring.hash_prefix, shard_map=entries)
    return place(then)


def _weight_of(text: str) -> tuple[str, float]:
    """Read NAME=W."""
    name, found, number = text.rpartition("=")
    if not found:
        raise ValueError("valid: NAME=W, for example shard-1=2")
    return name, positive(number)


def _added(text: str) -> Member:
    """Return the backend that --add describes."""
    found: RingMember = _read("--add", text, read_backend)
    return Member(found.name, found.node, found.weight)


def _member(flag: str, name: str, members: list[Member]) -> Member:
    """Return the backend of a name; raises SettingsError where there is none."""
    for fault in choose(flag, name, [member.name for member in members]):
        raise SettingsError(fault)
    return next(member for member in members if member.name == name)


def _read(flag: str, text: str, read: Callable[[str], Any]) -> Any:  # noqa: ANN401 -- what `read` returns
    """Return what `read` makes of a text; its ValueError becomes a SettingsError."""
    try:
        return read(text)
    except ValueError as fault:
        raise SettingsError(f"{flag} {quoted(text)}: {fault}") from None


def _read_keys(path: str) -> Iterator[bytes]:
    """Yield the lines of a file as they stand there, with their ends."""
    try:
        if path == "-":
            yield from sys.stdin.buffer
            return
        with Path(path).open("rb") as file:
            yield from file
    except OSError as error:
        raise StatshardError(f"--keys {quoted(path)}: {error.strerror}") from error


def _marks() -> str:
    """Return the marks of the picture that standard output can have."""
    try:
        MARKS.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return PLAIN_MARKS
    return MARKS
