"""Parcels that wait for one sink: bounded in bytes, the oldest dropped first. Pure.

    offer -> | oldest ... newest |          begin -> in flight -> sent: gone
               dropped, by reason                              -> failed: first again

Rules: what is in flight is never dropped for lack of room, and counts as waiting; a
parcel larger than all the room is dropped as it comes. Every point is counted once, as
sent, dropped or waiting. Must not know: clocks, sockets, what is in a parcel.
"""

from collections import Counter, deque

from statshard.sinks.sink import Parcel


class Parcels:
    """The queue before one sink."""

    def __init__(self, room_bytes: int) -> None:
        self.room_bytes = room_bytes
        self.rendered_points = 0
        self.sent_points = 0
        self.dropped_points: Counter[str] = Counter()
        self.waiting_points = 0
        self.waiting_bytes = 0
        self._waiting: deque[Parcel] = deque()
        self._in_flight: Parcel | None = None

    def offer(self, parcel: Parcel) -> None:
        """Take a parcel in, in the place of older ones where there is no room."""
        self.rendered_points += parcel.points
        size_bytes = len(parcel.payload)
        if size_bytes > self.room_bytes:
            self.dropped_points["too_large"] += parcel.points
            return
        while self._waiting and self.waiting_bytes + size_bytes > self.room_bytes:
            oldest = self._waiting.popleft()
            self._count_out(oldest)
            self.dropped_points["queue_full"] += oldest.points
        if self.waiting_bytes + size_bytes > self.room_bytes:  # what is in flight
            self.dropped_points["queue_full"] += parcel.points
            return
        self._waiting.append(parcel)
        self.waiting_points += parcel.points
        self.waiting_bytes += size_bytes

    def would_oust(self, parcel: Parcel) -> bool:
        """Tell whether a parcel that is taken in now costs another, or itself."""
        size_bytes = len(parcel.payload)
        is_full = self.waiting_bytes + size_bytes > self.room_bytes
        return is_full and size_bytes <= self.room_bytes

    def begin(self) -> Parcel | None:
        """Return the parcel that is to be delivered; None: nothing waits."""
        if self._in_flight is None and self._waiting:
            self._in_flight = self._waiting.popleft()
        return self._in_flight

    def sent(self) -> None:
        """Take note that what was in flight has arrived."""
        self.sent_points += self._end_flight().points

    def refused(self, reason: str, points: int | None = None) -> None:
        """Take note that so many points of what was in flight are dropped; None: all.

        The others have arrived.
        """
        all_points = self._end_flight().points
        dropped = all_points if points is None else min(points, all_points)
        self.dropped_points[reason] += dropped
        self.sent_points += all_points - dropped

    def drop_all(self, reason: str) -> None:
        """Drop all that waits."""
        if self._in_flight is not None:
            self.refused(reason)
        while self._waiting:
            parcel = self._waiting.popleft()
            self._count_out(parcel)
            self.dropped_points[reason] += parcel.points

    def drop_unrendered(self, reason: str, points: int) -> None:
        """Count points that were never put into a parcel."""
        self.rendered_points += points
        self.dropped_points[reason] += points

    def _end_flight(self) -> Parcel:
        parcel = self._in_flight
        if parcel is None:
            raise RuntimeError("nothing is in flight: begin() comes first")
        self._in_flight = None
        self._count_out(parcel)
        return parcel

    def _count_out(self, parcel: Parcel) -> None:
        self.waiting_points -= parcel.points
        self.waiting_bytes -= len(parcel.payload)
