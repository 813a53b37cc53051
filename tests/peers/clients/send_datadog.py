"""What PyPI's `datadog` sends: alone, buffered, aggregated, in a container."""

import random
import sys

# Before the client looks at it: each sample is sent.
random.random = lambda: 0.0

from datadog.dogstatsd.base import DogStatsd  # noqa: E402 - see above

MADE_AT = 1_700_000_000
NO_THREAD = 0  # as an interval of flushes: only when asked to


def new_client(port: int, **options: object) -> DogStatsd:
    """Return a client that looks for no container and tells nothing of itself."""
    return DogStatsd(
        host="127.0.0.1",
        port=port,
        **{
            "disable_telemetry": True,
            "origin_detection_enabled": False,
            "namespace": "dd",
            **options,
        },
    )


def send_single(client: DogStatsd) -> None:
    """Make each call once or more, a datagram each."""
    client.increment("count")
    client.count("count", 4, tags=["env:prod", "bare"])
    client.decrement("count", 2, tags=["env:prod", "bare"])
    client.count("sampled", 3, sample_rate=0.5)
    client.count("sampled", 3, tags=["az:1"], sample_rate=0.5)
    client.gauge("gauge", 333)
    client.gauge("gauge", -5.5)
    client.histogram("histogram", 5)
    client.histogram("histogram", 7.25)
    client.distribution("distribution", 6, tags=["url:http://a/b?c=d"])
    client.timing("timing", 320, sample_rate=0.1)
    client.set("set", "alice")
    client.set("set", "a:b")
    client.gauge_with_timestamp("past", 9, MADE_AT)
    client.count_with_timestamp("past.count", 2, MADE_AT, tags=["x:y"])
    client.event("Title", "multi\nline | with a bar: and a colon", tags=["x:y"])
    client.event("caf\u00e9", "text", alert_type="error", aggregation_key="deploy")
    client.service_check("check", 0, tags=["x:y"], message="m: all\nwell")
    client.service_check("check", 2, tags=["x:y"], timestamp=MADE_AT, hostname="h")


def send_buffered(client: DogStatsd) -> None:
    """Fill one datagram after the other: more lines than one holds."""
    with client:
        for number in range(60):
            client.increment(f"buffered.{number % 4}", tags=["env:prod"])


def send_aggregated(client: DogStatsd) -> None:
    """Let the client aggregate, which packs what it does not add up."""
    client.enable_aggregation(flush_interval=NO_THREAD)
    for value in (1, 2, 3):
        client.increment("added", value)
        client.gauge("last", value)
        client.histogram("packed.histogram", value)
        client.distribution("packed.distribution", value, tags=["x:y"])
        client.timing("packed.timing", value)
    client.set("added.set", "alice")
    client.flush_aggregated_metrics()
    client.flush_buffered_metrics()


if __name__ == "__main__":
    PORT = int(sys.argv[1])
    send_single(new_client(PORT))
    send_buffered(new_client(PORT, disable_buffering=False, flush_interval=NO_THREAD))
    send_aggregated(new_client(PORT))
    send_single(
        new_client(
            PORT,
            namespace="ddc",
            container_id="ci-0123abcd",
            origin_detection_enabled=True,
            cardinality="low",
            constant_tags=["team:a"],
        )
    )
    telling = new_client(
        PORT,
        namespace="ddt",
        disable_telemetry=False,
        telemetry_min_flush_interval=0,
    )
    telling.increment("told")
