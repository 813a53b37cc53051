"""InfluxDB: line protocol over HTTP, to version 1 and to whatever speaks version 2.

    influxdb://HOST[:8086]/DB                         POST /write?db=DB
        ?rp=POLICY  ?user=U&password_file=PATH
    influxdb://HOST[:8086]?org=O&bucket=B             POST /api/v2/write?org=O&bucket=B
        &token_file=PATH
    both: ?type_tag=KEY                               a tag that says counter, timer ...

Rules: a parcel is some thousand lines, in gzip; a point is a line. A line that comes
twice changes nothing in the store (same series, same time), so that a parcel may be
sent again whole. What an answer means:

    2xx                     taken
    400 partial write       the lines it counts are dropped, the others are taken
    400, 413, other 4xx     never taken: dropped, counted by reason
    401 403 404 408 429     not now: a secret, a right or the database may come; secrets
    3xx 5xx, no answer      are read anew before the next try. Retried.

Source: the InfluxDB API reference, /write and /api/v2/write. Must not know: lines.
"""

import base64
import gzip
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice

import aiohttp
from yarl import URL

from statshard.errors import RefusedError
from statshard.sinks.line_protocol import LineProtocol
from statshard.sinks.query import Query, host_of, read_again
from statshard.sinks.sink import Flush, LastFlush, Order, Parcel, Sink

PORT = 8086
PARCEL_LINES = 5000  # what InfluxDB's documentation advises
PARCEL_BYTES = 1 << 20  # before gzip; a line more, at most
GZIP_LEVEL = 4
ANSWER_BYTES = 16 << 10  # of which this much is read
SHOWN_CHARACTERS = 200
FORM = "influxdb://HOST:PORT/DB, or influxdb://HOST:PORT?org=O&bucket=B&token_file=F"
KEYS = ("rp", "user", "password_file", "org", "bucket", "token_file", "type_tag")
RETRIED = frozenset({401, 403, 404, 408, 429})
REASONS: Mapping[int, str] = {400: "bad_lines", 413: "too_large"}
_DROPPED = re.compile(r"dropped=(\d+)")

Authorize = Callable[[], Mapping[str, str]]  # raises OSError


@dataclass(frozen=True)
class Target:
    """Where lines are posted to, and by what right."""

    url: URL
    authorize: Authorize


class InfluxSink(Sink):
    """One database, or bucket."""

    def __init__(self, order: Order) -> None:
        query = Query(order, KEYS)
        self._target = read_target(order, query)
        self._protocol = LineProtocol(order.wording, query.text("type_tag"))
        self._session: aiohttp.ClientSession | None = None

    def render(self, flush: Flush, _: LastFlush) -> Iterator[Parcel]:
        """Write a flush, in parcels of some thousand lines."""
        for lines in _batches(self._protocol.list_lines(flush)):
            text = "".join(lines).encode()
            yield Parcel(gzip.compress(text, GZIP_LEVEL, mtime=0), len(lines))

    async def deliver(self, parcel: Parcel) -> None:
        """Post a parcel; raises OSError, RefusedError."""
        post = self._open().post(
            self._target.url, data=parcel.payload, allow_redirects=False
        )
        try:
            async with post as answer:
                body = await answer.content.read(ANSWER_BYTES)
        except aiohttp.ClientError as fault:
            raise ConnectionError(str(fault) or type(fault).__name__) from fault
        judge(answer.status, body.decode(errors="replace"), parcel.points)

    async def close(self) -> None:
        """Close the connection."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def count_unfit(self) -> Mapping[str, int]:
        """Return what no line could be made of."""
        unfit = dict(self._protocol.unfit)
        self._protocol.unfit.clear()
        return unfit

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            headers = {
                "Content-Type": "text/plain; charset=utf-8",
                "Content-Encoding": "gzip",
                **self._target.authorize(),
            }
            # How long all may take is the outlet's to say.
            timeout = aiohttp.ClientTimeout(total=None)
            self._session = aiohttp.ClientSession(headers=headers, timeout=timeout)
        return self._session


def read_target(order: Order, query: Query) -> Target:
    """Return what a URL means; raises SettingsError."""
    database, bucket = order.path.strip("/"), query.text("bucket")
    if bool(database) == bool(bucket):
        raise query.fault(f"a database or a bucket, one of them; valid: {FORM}")
    others = ("org", "token_file") if database else ("rp", "user", "password_file")
    for key in others:
        if key in order.query:
            kind = "a database" if database else "a bucket"
            raise query.fault(f"{key} does not go with {kind}; valid: {FORM}")
    if database:
        path, words = "/write", {"db": database, "rp": query.text("rp")}
    else:
        path, words = "/api/v2/write", {"org": query.text("org"), "bucket": bucket}
    words = {key: word for key, word in words.items() if word} | {"precision": "ms"}
    url = URL.build(
        scheme="http",
        host=host_of(order, query, FORM),
        port=order.port or PORT,
        path=path,
        query=words,
    )
    return Target(url, _read_right(query))


def judge(status: int, body: str, points: int) -> None:
    """Return where an answer means that all was taken; raises OSError, RefusedError."""
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return
    text = f"HTTP {status}: {' '.join(body.split())[:SHOWN_CHARACTERS]}"
    is_refusal = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    if not is_refusal or status in RETRIED:
        raise OSError(text)
    if status == HTTPStatus.BAD_REQUEST and "partial write" in body:
        dropped = min(count_dropped(body) or points, points)
        raise RefusedError(text, reason="partial_write", points=dropped)
    raise RefusedError(text, reason=REASONS.get(status, "refused"))


def count_dropped(body: str) -> int:
    """Return how many lines a partial write has left out, 0 where it does not say.

    Those that cannot be read are named, those that contradict the store are counted.
    """
    found = _DROPPED.search(body)
    return body.count("unable to parse") + (int(found[1]) if found else 0)


def _read_right(query: Query) -> Authorize:
    """Return what gives the headers that prove a right, from files read each time."""
    token = query.secret_file("token_file")
    if token is not None:
        return lambda: {"Authorization": f"Token {read_again(token)}"}
    password, user = query.secret_file("password_file"), query.text("user")
    if bool(user) != bool(password):
        raise query.fault("valid: user and password_file, or neither")
    if password is None:
        return dict

    def basic() -> Mapping[str, str]:
        pair = base64.b64encode(f"{user}:{read_again(password)}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}

    return basic


def _batches(lines: Iterator[str]) -> Iterator[list[str]]:
    """Yield lines in lists that make parcels within their bounds."""
    while batch := list(_within(islice(lines, PARCEL_LINES))):
        yield batch


def _within(lines: Iterator[str]) -> Iterator[str]:
    """Yield lines until they are PARCEL_BYTES."""
    size_bytes = 0
    for line in lines:
        yield line
        size_bytes += len(line)
        if size_bytes >= PARCEL_BYTES:
            return
