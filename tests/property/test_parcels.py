"""The queue before a sink, over any order of events."""

from hypothesis import given
from hypothesis import strategies as st

from statshard.sinks.backoff import Backoff
from statshard.sinks.parcels import Parcels
from statshard.sinks.sink import Parcel

EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("offer"), st.integers(0, 12)),
        st.tuples(st.sampled_from(["begin", "sent", "drop_all"]), st.just(0)),
        st.tuples(st.just("refused"), st.integers(0, 40)),
    ),
    max_size=40,
)


@given(EVENTS, st.integers(1, 20))
def test_the_balance_closes_after_every_event(
    events: list[tuple[str, int]], room_bytes: int
) -> None:
    """Each point is sent, dropped or waiting, once; what waits fits the room; parcels
    leave in the order in which they came.
    """
    parcels = Parcels(room_bytes)
    in_flight: Parcel | None = None
    begun: list[int] = []
    for number, (event, size) in enumerate(events):
        if event == "offer":
            parcels.offer(Parcel(b"x" * size, number + 1))
        elif event == "drop_all":
            parcels.drop_all("shutdown")
            in_flight = None
        elif event == "begin":
            if in_flight is None and (in_flight := parcels.begin()) is not None:
                begun.append(in_flight.points)
            assert parcels.begin() is in_flight
        elif in_flight is not None:
            parcels.sent() if event == "sent" else parcels.refused(
                "refused", size or None
            )
            in_flight = None
        dropped = parcels.dropped_points.total()
        accounted = parcels.sent_points + dropped + parcels.waiting_points
        assert parcels.rendered_points == accounted
        assert 0 <= parcels.waiting_bytes <= room_bytes
    assert begun == sorted(begun)


@given(st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=80))
def test_a_wait_is_bounded_and_grows(chances: list[float]) -> None:
    """Each wait is within half of its longest, which doubles up to half a minute."""
    drawn = iter(chances)
    backoff = Backoff(lambda: next(drawn))
    waits = [backoff.fail() for _ in chances]
    for failures, wait_s in enumerate(waits):
        longest_s = min(30.0, 0.5 * 2**failures)
        assert longest_s / 2 <= wait_s <= longest_s
    backoff.succeed()
    assert backoff.failures == 0
