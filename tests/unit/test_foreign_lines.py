"""Lines: what the files of hit9, hulu and the Rust proxy mean is what ours says.

Source: hit9/statsd-proxy (src/config.c, cfg.c); hulu/statsd-router (sr-init.c);
alanszlosek/rust-sharding-statsd-proxy.
"""

import pytest

from tests.support.foreign import backends, left, proxy, told, why

ANY = "udp://0.0.0.0"


def test_hit9_means_what_it_did() -> None:
    """Keys in full or shortened, comments, blanks, defaults; weights and nodes."""
    text = "# x\n\n nod\ta:2:1 # y\nnode b:2:3\nnode a:02:4\nnode c:1:0\n"
    assert proxy("hit9", text) == {
        "listen": [f"{ANY}:8125"],
        "hash": "ketama",
        "shard_by": "raw",
        "workers": 4,
        "max_delay_ms": 10,
    }
    expected = [{"address": "a:2", "weight": 4}, {"address": "b:2", "weight": 3}]
    assert expected == backends("hit9", text)
    assert ['5 node = "a:02:4"', '6 node = "c:1:0"'] == left("hit9", text)
    text += "port 9\nnum_threads 65\nflush_interval 20\nflush 5\n"
    assert (9, 5) == (
        int(proxy("hit9", text)["listen"][0].rpartition(":")[2]),
        proxy("hit9", text)["max_delay_ms"],
    )
    assert "workers" not in proxy("hit9", text)


def test_hit9_does_not_read_a_line_without_end() -> None:
    """A last node that no LF ends is not in that ring, and so not in ours."""
    text = "node a:1:1\nnode b:1:1"
    assert [{"address": "a:1"}] == backends("hit9", text)
    assert ["2 node b:1:1 = "] == left("hit9", text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("port 1\n", "F: no node; valid: node HOST:PORT:WEIGHT, a line for each"),
        ("node a:1\n", 'F:1: node = "a:1": valid: HOST:PORT:WEIGHT, for example '),
        ("n a:1:1\n", 'F:1: n = "a:1:1": may be num_threads or node; valid: one of '),
        ("port\nnode a:1:1\n", "F:1: port: valid: KEY VALUE"),
        ("port 1 2\nnode a:1:1\n", "F:1: port 1 2: valid: KEY VALUE"),
        ("node a:70000:1\n", "F:1: node = \"a:70000:1\": port '70000' is not 1 to "),
        ("port x\nnode a:1:1\n", "F:1: port = \"x\": port 'x' is not 0 to 65535"),
    ],
)
def test_hit9_that_cannot_be_placed_is_refused(text: str, expected: str) -> None:
    """What that program would not start with, or could not place by, is refused."""
    assert [expected] == [line[: len(expected)] for line in told("hit9", text)]


HULU = "data_port=9\ndownstream=b:1:2,a:1:2\n"


def test_hulu_means_what_it_did() -> None:
    """Ports, order of downstreams, threads, level and interval are ours."""
    text = HULU + "threads_num=2\nlog_level=4\ndownstream_flush_interval=0.25\n"
    assert proxy("hulu", text) == {
        "listen": [f"{ANY}:9"],
        "hash": "sdbm",
        "shard_by": "raw",
        "workers": 2,
        "max_payload": 1450,
        "max_delay_ms": 250,
        "log_level": "error",
    }
    assert [{"address": "b:1"}, {"address": "a:1"}] == backends("hulu", text)


@pytest.mark.parametrize(
    ("text", "expected", "because"),
    [
        ("control_port=1", '3 control_port = "1"', "admin port"),
        ("ping_prefix=x", '3 ping_prefix = "x"', "no metrics of its own"),
        (
            "downstream_flush_interval=2.0",
            '3 downstream_flush_interval = "2.0"',
            "1000",
        ),
        ("log_level=9", '3 log_level = "9"', "debug, info, warning, error"),
        ("thread_num=9", '3 thread_num = "9"', "did you mean threads_num?"),
    ],
)
def test_hulu_leaves_nothing_out_in_silence(
    text: str, expected: str, because: str
) -> None:
    """What has no counterpart is left over, the health port of each backend too."""
    found = left("hulu", HULU + text + "\n")
    health = [
        '2 downstream[0]: health port = "2"',
        '2 downstream[1]: health port = "2"',
    ]
    assert [*health, expected] == found
    assert because in why("hulu", HULU + text + "\n")[2]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("data_port=1\n", "F: no downstream; valid: downstream=HOST:PORT:HEALTH_PORT"),
        ("downstream=a:1:2\n", "F: no data_port; valid: data_port=N"),
        ("data_port=1\ndownstream=a:1\n", 'F:2: downstream[0] = "a:1": valid: HOST:'),
        (f"{HULU}x\n", "F:3: x: valid: KEY=VALUE"),
        (f"{HULU}data_port=x\n", "F:3: data_port = \"x\": port 'x' is not 0 to 65535"),
    ],
)
def test_hulu_that_cannot_be_placed_is_refused(text: str, expected: str) -> None:
    """What that program would not start with, or could not place by, is refused."""
    assert [expected] == [line[: len(expected)] for line in told("hulu", text)]


def test_the_rust_file_means_what_it_did() -> None:
    """The destinations keep their order; one that stands twice has two places."""
    text = "threads = 3\nbind_interface = ::1\ndestinations = b:1 a:1 b:1\n"
    assert proxy("rust", text) == {
        "listen": ["udp://[::1]:8125"],
        "hash": "djb2",
        "shard_by": "embedded",
        "workers": 3,
    }
    assert backends("rust", text) == [
        {"address": "b:1"},
        {"address": "a:1"},
        {"name": "b:1#3", "address": "b:1"},
    ]
    many = text.replace("3", "65")
    assert ['1 threads = "65"'] == left("rust", many)
    assert ["F:1: destinations = \"a:x\": port 'x' is not 1 to 65535"] == told(
        "rust", "destinations = a:x\n"
    )
    assert told("rust", "x = 1\n")[0].startswith("F:1: x: no such key; ")
    assert told("rust", "") == [
        "F: no destinations; valid: destinations = HOST:PORT ..."
    ]
