"""Events and checks through a real server: given to sinks, or dropped by reason."""

from pathlib import Path

import pytest

from tests.daemon.test_serve import send, wait_for_flushes
from tests.support.serve import Serve

CHECK = b"_sc|db.up|2|m:down"


def test_events_and_checks_reach_the_console_once(tmp_path: Path) -> None:
    """They come out as they came in, in one flush, and are aggregated by their type."""
    with Serve(tmp_path, "--flush-interval", "100ms") as serve:
        event, bad = b"_e{1,1}:a|b|#k:v", b"_e{9,9}:a|b\n_sc|x|9"
        send(serve, b"\n".join([event, CHECK, bad]))
        wait_for_flushes(serve, len(serve.flushes()) + 2)
        ending = serve.stop()
    told = [(flush["events"], flush["checks"]) for flush in serve.flushes()]
    assert [(["_e{1,1}:a|b|#k:v"], [CHECK.decode()])] == [x for x in told if any(x)]
    assert {("", "bad_event"): 1, ("", "bad_check"): 1} == ending.dropped
    assert (4, 2, "yes") == (
        ending.balance["received_samples"],
        ending.balance["aggregated_samples"],
        ending.balance["closes"],
    )


@pytest.mark.parametrize("compat", ["strict", "etsy"])
def test_what_no_sink_takes_is_dropped_as_such(tmp_path: Path, compat: str) -> None:
    """With sinks that know no events, each is counted as dropped: by etsy's reading as
    the bad lines that they are to that server, else as no_sink.
    """
    serve = Serve(tmp_path, "--flush-interval", "1h", "--compat", compat)
    serve.command = [each.replace("?format=json", "") for each in serve.command]
    with serve:
        send(serve, b"\n".join([b"_e{1,1}:a|b", CHECK]))
        ending = serve.stop()
    assert (2, 0, "yes") == (
        ending.balance["received_samples"],
        ending.balance["aggregated_samples"],
        ending.balance["closes"],
    )
    if compat == "strict":
        assert {("", "no_sink"): 2} == ending.dropped


def test_events_beyond_their_room_are_dropped_as_such(tmp_path: Path) -> None:
    """Of more than 64 KiB of events in an interval the rest is too_many_events."""
    event = b"_e{1,999}:a|" + b"x" * 999
    with Serve(tmp_path, "--flush-interval", "1h") as serve:
        for _ in range(80):
            send(serve, event)
        ending = serve.stop()
    (flush,) = serve.flushes()
    kept = 65_536 // (len(event) + 1)
    assert kept == len(flush["events"])
    assert {("", "too_many_events"): 80 - kept} == ending.dropped
    assert "yes" == ending.balance["closes"]
