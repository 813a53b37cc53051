"""config.ini: `statshard run -c` stands in for the Rust sharding proxy as it is.

Source: tests/vectors/sharding.json, which has where that program sends each line.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.model.line import refusal
from tests.support.network import find_free_port
from tests.support.proxy import Proxy
from tests.support.receivers import Receivers
from tests.support.senders import open_senders, send_closed_loop

VECTORS: list[dict[str, Any]] = json.loads(
    Path(__file__)
    .parents[1]
    .joinpath("vectors", "sharding.json")
    .read_text(encoding="utf-8")
)["djb2"]


@pytest.mark.parametrize("count", [2, 5])
def test_every_key_is_where_that_proxy_put_it(tmp_path: Path, count: int) -> None:
    """With nothing but its file, each line of the vectors is at its destination."""
    file, port = tmp_path / "config.ini", find_free_port()
    expected = {
        row["line"].encode(): row["shard"][str(count)]
        for row in VECTORS
        if str(count) in row["shard"] and refusal(row["line"].encode()) is None
    }
    assert len(set(expected.values())) > 1
    with Receivers(count) as receivers:
        addresses = [each.address for each in receivers.each]
        file.write_text(
            f"bind_interface=127.0.0.1\nbind_port={port}\nthreads=1\n"
            f"destinations={' '.join(addresses)}\n",
            encoding="utf-8",
        )
        with Proxy("-c", str(file), listen=()) as proxy:
            assert [("127.0.0.1", port)] == proxy.addresses
            with open_senders(proxy.address) as senders:
                send_closed_loop(
                    senders, [(line, 1) for line in expected], lambda: receivers.lines
                )
            arrived = {
                line: number
                for number, each in enumerate(receivers.each)
                for line in each.list_lines()
            }
            assert expected == arrived
