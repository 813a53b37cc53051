"""Show: a plan as a text with a picture, and as JSON.

    backend   before    after
    one       51.2 %    34.1 %  ████████████████████░░░░░░░░░░
    three          -    32.5 %  ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒
                                █ stays  ▒ comes  ░ goes

Must not know: terminals, files.
"""

from collections.abc import Iterator
from dataclasses import asdict

from statshard.routing.plan import BackendPlan, Plan

BAR = 40  # characters of the longest bar
MOVES_SHOWN = 20
NAMES_SHOWN = 5
LEAST = 0.01  # percent that is written in figures
MARKS = "█▒░"  # stays, comes, goes
PLAIN_MARKS = "#+."  # where the output cannot have those

# How it was counted -> what is said of it.
BASES = {
    "slots": "Counted over all slots: exact for keys that are spread evenly.",
    "generated": "Counted over generated names; --keys FILE weighs by real ones.",
    "names": "Counted over the names given, each once.",
    "lines": "Counted over the lines given, so that what is busy weighs more.",
}

REMINDER = """\
When the new ring takes over, the server that loses a series keeps it and goes on
flushing it (a gauge's last value, a counter's 0), so the store hears of it twice, until
that server forgets it: with etsy's statsd, set deleteIdleStats: true on every server
before the change; others, restart after it, or wait until the series expires."""

ETSY_REMINDER = """\
etsy makes another ring for each number of live servers: a few keys may move between
servers that stay too, at this change and whenever one goes out or returns."""


MAP_REMINDER = """\
Nothing goes to {names}:
with murmur3 a server gets the shards that shard_map names it for; --to FILE plans with
another map."""


def plan_as_text(plan: Plan, *, marks: str = MARKS) -> str:
    """Return the plan for people; `marks` are the picture's three characters."""
    return "\n".join(_list_lines(plan, marks))


def plan_as_json(plan: Plan) -> dict[str, object]:
    """Return the plan for programs."""
    return asdict(plan) | {
        "counted": plan.counted,
        "share": plan.share,
        "keys_share": plan.keys_share,
        "reminders": list_reminders(plan),
    }


def list_reminders(plan: Plan) -> list[str]:
    """Return what to think of before the change, each a paragraph."""
    reminders = [REMINDER] if plan.moved else []
    if "etsy" in plan.hashes:
        reminders.append(ETSY_REMINDER)
    idle = [each.name for each in plan.backends if each.after == 0]
    if plan.hashes[1] == "murmur3" and plan.total and idle:
        names = ", ".join(idle[:NAMES_SHOWN] + ["..."] * (len(idle) > NAMES_SHOWN))
        reminders.append(MAP_REMINDER.format(names=names))
    return reminders


def _list_lines(plan: Plan, marks: str) -> Iterator[str]:
    """Yield the lines of the text."""
    what = "lines" if plan.basis == "lines" else "keys"
    yield (
        f"{_percent(plan.share)} of the {what} move: "
        f"{plan.moved:,} of {plan.total:,} {plan.counted}."
    )
    if plan.basis == "lines":
        yield (
            f"{_percent(plan.keys_share)} of the keys move: "
            f"{plan.keys_moved:,} of {plan.keys:,}."
        )
    yield BASES[plan.basis]
    if plan.refused:
        yield f"Lines that the proxy refuses, not counted: {plan.refused:,}."
    yield (
        f"Evenness (busiest / its fair share): {plan.evenness_before:.3f} before, "
        f"{plan.evenness_after:.3f} after."
    )
    yield ""
    yield from _list_picture(plan, marks)
    yield from _list_moves(plan)
    for reminder in list_reminders(plan):
        yield from ("", reminder)


def _list_picture(plan: Plan, marks: str) -> Iterator[str]:
    """Yield a line for each backend, with its bar."""
    width = max(len("backend"), *(len(each.name) for each in plan.backends))
    most = max(*(_span(each) for each in plan.backends), 1)
    yield f"{'backend':{width}}    before     after"
    for each in plan.backends:
        before, after = (_cell(n, plan.total) for n in (each.before, each.after))
        bar = _bar(each, most, marks)
        yield f"{each.name:{width}}  {before:>8}  {after:>8}  {bar}".rstrip()
    legend = "{} stays  {} comes  {} goes".format(*marks)
    yield f"{'':{width}}  {'':8}  {'':8}  {legend}"


def _list_moves(plan: Plan) -> Iterator[str]:
    """Yield the largest moves, and how many more there are."""
    if not plan.moves:
        return
    yield ""
    yield (
        f"Between backends that stay: {plan.moved_between_stayers:,} "
        f"of {plan.moved:,} moves."
    )
    for move in plan.moves[:MOVES_SHOWN]:
        way = f"{move.source or '-'} -> {move.target or '-'}"
        yield f"  {way}  {move.count:,} ({_percent(move.count / plan.total)})"
    if len(plan.moves) > MOVES_SHOWN:
        yield f"  ... and {len(plan.moves) - MOVES_SHOWN} smaller (all with --json)"


def _span(each: BackendPlan) -> int:
    """Return how much a backend's bar shows: what stays, comes and goes."""
    return (each.before or 0) + each.came


def _bar(each: BackendPlan, most: int, marks: str) -> str:
    """Return a backend's bar; a part that is there at all has a mark."""
    parts = ((each.before or 0) - each.went, each.came, each.went)
    sizes = [max(round(BAR * part / most), 1 if part else 0) for part in parts]
    return "".join(mark * size for mark, size in zip(marks, sizes, strict=True))


def _cell(count: int | None, total: int) -> str:
    """Return a backend's share; of one that is not in the ring, a dash."""
    return "-" if count is None else _percent(count / total if total else 0.0)


def _percent(share: float) -> str:
    """Return a share for people; what is not nothing does not look like nothing."""
    percent = 100 * share
    return "< 0.01 %" if 0 < percent < LEAST else f"{percent:.2f} %"
