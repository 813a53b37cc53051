"""Balance: the sums over workers, and whether they close."""

from collections.abc import Mapping

from statshard.daemon.balance import Balance, WorkerCounts, balance_of


def worker(
    received: tuple[int, int],
    links: list[tuple[int, int, dict[str, int]]],
    dropped: Mapping[str, int] | None = None,
) -> WorkerCounts:
    """Return what one worker counted, as the plane's face gives it.

    ``received``: lines of each listener; ``links``: forwarded and waiting lines of
    each backend, and lines dropped there.
    """
    reasons = {"no_colon": 0, "too_long": 0}
    return (
        reasons | dict(dropped or {}),
        [
            {
                "received_datagrams": lines * 10,
                "received_lines": lines,
                "receive_errors": lines * 30,
                "truncated_datagrams": lines * 20,
            }
            for lines in received
        ],
        [
            (
                {
                    "forwarded_lines": forwarded,
                    "forwarded_datagrams": forwarded * 2,
                    "forwarded_bytes": forwarded * 3,
                    "refused_datagrams": 1,
                    "waiting_lines": waiting,
                    "queued_lines": waiting * 5,
                },
                reasons | lost,
            )
            for forwarded, waiting, lost in links
        ],
    )


def two_workers() -> Balance:
    """Return a balance of two workers, two listeners and two backends that closes."""
    return balance_of(
        [
            worker((7, 3), [(4, 1, {}), (2, 0, {"too_long": 1})], {"no_colon": 2}),
            worker((5, 0), [(1, 0, {}), (2, 1, {"too_long": 1})]),
        ],
        ["a", "b"],
        [6, 0],
    )


def test_workers_are_added_up_by_listener_and_backend() -> None:
    """Each listener and each backend has the sum of what all workers counted of it."""
    balance = two_workers()
    assert [each["received_lines"] for each in balance.listeners] == [12, 3]
    assert balance.kernel_dropped == (6, 0)
    assert {
        name: (
            each.forwarded_lines,
            each.forwarded_datagrams,
            each.forwarded_bytes,
            each.refused_datagrams,
            each.waiting_lines,
            each.queued_lines,
        )
        for name, each in balance.backends.items()
    } == {"a": (5, 10, 15, 2, 1, 5), "b": (4, 8, 12, 2, 1, 5)}


def test_only_reasons_that_came_are_named() -> None:
    """A reason that dropped nothing is not in the balance."""
    balance = two_workers()
    assert balance.dropped == {"no_colon": 2}
    assert balance.backends["a"].dropped == {}
    assert balance.backends["b"].dropped == {"too_long": 2}


def test_totals_are_sums_over_all() -> None:
    """The totals are the sums over listeners and backends, and they close."""
    balance = two_workers()
    assert (
        balance.received_lines,
        balance.received_datagrams,
        balance.receive_errors,
        balance.truncated_datagrams,
        balance.forwarded_lines,
        balance.waiting_lines,
        balance.dropped_lines,
        balance.refused_datagrams,
    ) == (15, 150, 450, 300, 9, 2, 4, 4)
    assert balance.closes


def test_each_worker_has_the_lines_of_its_own_listeners() -> None:
    """The lines that each worker read are told apart, in the workers' order."""
    assert two_workers().worker_lines == (10, 5)


def test_a_line_too_few_or_too_many_does_not_close() -> None:
    """One line that went nowhere, or came from nowhere, is seen."""
    for forwarded in (0, 2):
        balance = balance_of([worker((1, 0), [(forwarded, 0, {})])], ["a"], [0, 0])
        assert not balance.closes


def test_what_lies_beside_the_balance_does_not_count() -> None:
    """Datagrams that a host refused or the kernel dropped are no lines."""
    balance = balance_of([worker((1, 0), [(1, 0, {})])], ["a"], [99, 1])
    assert balance.refused_datagrams == 1
    assert balance.closes


def test_nothing_closes() -> None:
    """A balance of zeros closes."""
    assert balance_of([worker((0, 0), [])], [], [0, 0]).closes
