"""Reading: each kind of text into its value, or into a sentence on what is valid."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from statshard.settings import kinds, reading
from statshard.settings.addresses import Backend, Listen, read_backend, read_listen

Read = Callable[[str], Any]

SIZE = kinds.size(64, 1 << 30).read
MILLISECONDS = kinds.duration("ms", 0, 1000).read
SECONDS = kinds.duration("s", 0.001, 86_400).read
WORKERS = kinds.whole(1, 64).read
HASHES = kinds.choice(("rendezvous", "djb2"), "NAME", later=("ketama",)).read


@pytest.mark.parametrize(
    ("read", "text", "expected"),
    [
        (SIZE, "1432", 1432),
        (SIZE, "64B", 64),
        (SIZE, "8MiB", 8 << 20),
        (SIZE, "8 MiB", 8 << 20),
        (SIZE, "1.5kB", 1500),
        (SIZE, "0.5KiB", 512),
        (SIZE, "1GiB", 1 << 30),
        (SIZE, "1MB", 1_000_000),
        (MILLISECONDS, "5", 5),
        (MILLISECONDS, "5ms", 5),
        (MILLISECONDS, "500us", 0.5),
        (MILLISECONDS, "0", 0),
        (MILLISECONDS, "1s", 1000),
        (SECONDS, "30", 30),
        (SECONDS, "2m", 120),
        (SECONDS, "24h", 86_400),
        (SECONDS, "1ms", 0.001),
        (WORKERS, "1", 1),
        (WORKERS, "64", 64),
        (HASHES, "djb2", "djb2"),
        (reading.positive, "2", 2),
        (reading.positive, "0.5", 0.5),
        (reading.name, "shard-1", "shard-1"),
        (reading.name, "сервер", "сервер"),
    ],
)
def test_text_is_read(read: Read, text: str, expected: object) -> None:
    """A text that people write is read as they mean it, in the unit of its key."""
    assert expected == pytest.approx(read(text))


@pytest.mark.parametrize(
    ("read", "text", "valid"),
    [
        (SIZE, "63", "64 to 1073741824 bytes"),
        (SIZE, "2GiB", "64 to 1073741824 bytes"),
        (SIZE, "100.5", "64 to 1073741824 bytes"),
        (SIZE, "8mib", "for example 8MiB"),
        (SIZE, "8 bananas", "for example 8MiB"),
        (SIZE, "-64", "for example 8MiB"),
        (SIZE, "1e3", "for example 8MiB"),
        (SIZE, "", "for example 8MiB"),
        (SIZE, "٦٤", "for example 8MiB"),
        (MILLISECONDS, "1001", "0 to 1000 ms"),
        (MILLISECONDS, "2s", "0 to 1000 ms"),
        (MILLISECONDS, "-1", "for example 5ms"),
        (MILLISECONDS, "5min", "for example 5ms"),
        (MILLISECONDS, "", "for example 5ms"),
        (MILLISECONDS, "inf", "for example 5ms"),
        (SECONDS, "0", "0.001 to 86400 s"),
        (SECONDS, "25h", "0.001 to 86400 s"),
        (WORKERS, "0", "a whole number from 1 to 64"),
        (WORKERS, "65", "a whole number from 1 to 64"),
        (WORKERS, "2.0", "a whole number from 1 to 64"),
        (WORKERS, "-1", "a whole number from 1 to 64"),
        (WORKERS, "٢", "a whole number from 1 to 64"),
        (WORKERS, "", "a whole number from 1 to 64"),
        (HASHES, "rendezvouz", "did you mean rendezvous? valid: rendezvous, djb2"),
        (HASHES, "md5", "valid: rendezvous, djb2"),
        (HASHES, "DJB2", "did you mean djb2? valid: rendezvous, djb2"),
        (HASHES, "ketama", "not supported by this version; valid: rendezvous, djb2"),
        (reading.positive, "0", "'0' is not a number above 0"),
        (reading.positive, "-1", "not a number above 0"),
        (reading.positive, "inf", "not a number above 0"),
        (reading.positive, "1e999", "not a number above 0"),
        (reading.positive, "nan", "not a number above 0"),
        (reading.positive, "heavy", "not a number above 0"),
        (reading.name, "", "valid: shard-1"),
        (reading.name, "two words", "valid: shard-1"),
        (reading.name, "tab\t", "valid: shard-1"),
        (reading.name, "\x1b[31mred", r"'\x1b[31mred'"),
        (reading.name, "\u202egnp", r"'\u202egnp'"),
        (reading.name, "\udcff", r"'\udcff'"),
    ],
)
def test_what_is_not_valid_says_what_is(read: Read, text: str, valid: str) -> None:
    """A text that is no value is refused by a sentence with what would be one."""
    with pytest.raises(ValueError, match=re.escape(valid)):
        read(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.1:8125", ("10.0.0.1", 8125)),
        ("statsd.example.net:1", ("statsd.example.net", 1)),
        ("[::1]:65535", ("::1", 65_535)),
        ("[fe80::1%lo]:9", ("fe80::1%lo", 9)),
    ],
)
def test_an_address_is_read(text: str, expected: tuple[str, int]) -> None:
    """HOST:PORT is cut at its last colon, and brackets are taken off."""
    assert expected == reading.host_and_port(text, lowest_port=1)


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("127.0.0.1", "HOST:PORT, for example 10.0.0.1:8125"),
        (":8125", "HOST:PORT, for example 10.0.0.1:8125"),
        ("[]:8125", "HOST:PORT, for example 10.0.0.1:8125"),
        ("", "HOST:PORT, for example 10.0.0.1:8125"),
        ("::1:8125", "in brackets: [::1]:8125"),
        ("::1", "in brackets: [::1]:8125"),
        ("host:", "port '' is not 1 to 65535"),
        ("host:0", "port '0' is not 1 to 65535"),
        ("host:65536", "port '65536' is not 1 to 65535"),
        ("host:-1", "port '-1' is not 1 to 65535"),
        ("host:http", "port 'http' is not 1 to 65535"),
        ("host:٨", "is not 1 to 65535"),
    ],
)
def test_an_address_that_is_none_is_refused(text: str, valid: str) -> None:
    """What is no HOST:PORT is refused by a sentence with one."""
    with pytest.raises(ValueError, match=re.escape(valid)):
        reading.host_and_port(text, lowest_port=1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.1:8125", Backend("10.0.0.1:8125", "10.0.0.1:8125")),
        ("a=10.0.0.1:8125", Backend("a", "10.0.0.1:8125")),
        ("a=[::1]:8125", Backend("a", "[::1]:8125")),
        ("a=10.0.0.1:8125,weight=2.5", Backend("a", "10.0.0.1:8125", 2.5)),
        ("h:1,weight=2", Backend("h:1", "h:1", 2)),
    ],
)
def test_a_backend_is_read(text: str, expected: Backend) -> None:
    """[NAME=]HOST:PORT[,weight=W] is read; without a name it is the address."""
    assert expected == read_backend(text)
    assert expected.address == read_backend(text).node


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("", "HOST:PORT"),
        ("a=", "HOST:PORT"),
        ("=10.0.0.1:8125", "the name ''"),
        ("10.0.0.1", "HOST:PORT"),
        ("10.0.0.1:0", "port '0' is not 1 to 65535"),
        (
            "10.0.0.1:8125,",
            ", node=N, behind commas: 10.0.0.1:8125[,weight=W][,node=N]",
        ),
        ("10.0.0.1:8125,wieght=2", "did you mean weight? valid: weight=W"),
        ("10.0.0.1:8125,weight=2,weight=2", "weight is given twice; valid: once"),
        ("10.0.0.1:8125,weight", "not a number above 0"),
        ("10.0.0.1:8125,weight=0", "not a number above 0"),
        ("a b=10.0.0.1:8125", "the name 'a b'"),
    ],
)
def test_a_backend_that_is_none_is_refused(text: str, valid: str) -> None:
    """What is no backend is refused by a sentence with what would be one."""
    with pytest.raises(ValueError, match=re.escape(valid)):
        read_backend(text)


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("udp://127.0.0.1:8125", "127.0.0.1", 8125),
        ("udp://127.0.0.1:0", "127.0.0.1", 0),
        ("udp://[::]:8125", "::", 8125),
        ("udp://localhost:1", "localhost", 1),
    ],
)
def test_a_listen_url_is_read(text: str, host: str, port: int) -> None:
    """udp://HOST:PORT is read; port 0 leaves the choice to the kernel."""
    assert Listen(text, host, port) == read_listen(text)


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("127.0.0.1:8125", "valid: udp://HOST:PORT, for example udp://127.0.0.1:8125"),
        ("udp:127.0.0.1:8125", "for example udp://127.0.0.1:8125"),
        ("upd://127.0.0.1:8125", "no such scheme upd://; did you mean udp? valid: udp"),
        ("http://127.0.0.1:8125", "for example udp://127.0.0.1:8125"),
        ("UDP://127.0.0.1:8125", "for example udp://127.0.0.1:8125"),
        ("udp://", "valid: udp://HOST:PORT, for example udp://"),
        ("udp://:8125", "valid: udp://HOST:PORT, for example udp://"),
        ("udp://127.0.0.1", "valid: udp://HOST:PORT, for example udp://"),
        ("udp://a b:1", "control character; valid: udp://HOST:PORT, for example udp"),
        ("udp://[::1]", "valid: udp://HOST:PORT, for example udp://"),
        ("udp://::1:8125", "in brackets"),
        ("udp://127.0.0.1:65536", "is not 0 to 65535"),
        ("tcp://127.0.0.1:8125", "tcp:// is not supported by this version"),
        ("unix:///run/s", "unix:// is not supported by this version"),
        ("unixgram:///run/s", "unixgram:// is not supported by this version"),
    ],
)
def test_a_listen_url_that_is_none_is_refused(text: str, valid: str) -> None:
    """What is no URL to listen at is refused by a sentence with what would be one."""
    with pytest.raises(ValueError, match=re.escape(valid)):
        read_listen(text)
