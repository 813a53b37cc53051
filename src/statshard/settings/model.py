"""The table of settings: the frozen values that `statshard run` goes by.

A field is an entry (setting.py): key, kind, unit, help, default, since which version.
Whatever is told or asked about settings comes from here. Values are immutable; whoever
needs others builds new ones. Must not know: sockets, name resolution, sources.
"""

from typing import Annotated

import msgspec

from statshard.settings import kinds
from statshard.settings.addresses import (
    BACKEND_FORM,
    Backend,
    Listen,
    read_backend,
    read_listen,
    show_backend,
)
from statshard.settings.contradictions import RULES
from statshard.settings.later import later
from statshard.settings.section import Section
from statshard.settings.setting import Setting, nothing

__all__ = ["DEFAULT_KEYS", "PROXY", "Backend", "Listen", "ProxySettings"]

MOST_WORKERS = 4  # where no number is given

# hash -> the key it takes unless told otherwise (docs: "Shard functions")
DEFAULT_KEYS = {"rendezvous": "name", "djb2": "embedded"}


class ProxySettings(msgspec.Struct, frozen=True, kw_only=True):
    """All that `statshard run` goes by; [proxy] of a file, but for backend."""

    listen: Annotated[
        tuple[Listen, ...],
        Setting(
            kinds.text(read_listen, "udp://HOST:PORT", show=lambda it: it.url),
            unit="URL",
            help="Where datagrams come in; may be given several times.",
            default="udp://127.0.0.1:8125",
            is_list=True,
        ),
    ]
    backend: Annotated[
        tuple[Backend, ...],
        Setting(
            kinds.text(read_backend, BACKEND_FORM, show=show_backend),
            unit="address",
            help="A StatsD server to forward to; once for each.",
            is_list=True,
            struct=Backend,
        ),
    ]
    hash: Annotated[
        str,
        Setting(
            kinds.choice(DEFAULT_KEYS, "NAME", later=later("hash")),
            unit="name",
            help="How a key chooses its backend: rendezvous, or djb2 as the Rust "
            "sharding proxy does it.",
            default="rendezvous",
        ),
    ]
    shard_by: Annotated[
        str,
        Setting(
            kinds.choice(("name", "embedded"), "KEY", later=later("shard_by")),
            unit="name",
            help="Which part of a line is the key: name, or embedded (with the tags in "
            "the name).",
            follows=lambda values: DEFAULT_KEYS[values["hash"]],
            default_help="Default: the hash's own.",
        ),
    ]
    workers: Annotated[
        int,
        Setting(
            kinds.whole(1, 64),
            unit="threads",
            help="Threads that forward.",
            follows=lambda values: min(MOST_WORKERS, values["usable_cpus"]),
            default_help=f"Default: one for each usable CPU, at most {MOST_WORKERS}.",
        ),
    ]
    max_payload: Annotated[
        int,
        Setting(
            kinds.size(64, 65_507),
            unit="bytes",
            help="Size of a datagram out, at most.",
            default="1432",
        ),
    ]
    max_delay_ms: Annotated[
        float,
        Setting(
            kinds.duration("ms", 0, 1000),
            unit="ms",
            help="Target for the longest stay of a line in the proxy.",
            default="5",
        ),
    ]
    receive_buffer: Annotated[
        int,
        Setting(
            kinds.size(4096, 1 << 30),
            unit="bytes",
            help="Asked of the kernel for each socket; what it granted is in the log.",
            default="8MiB",
        ),
    ]
    queue_bytes: Annotated[
        int,
        Setting(
            kinds.size(128 << 10, 1 << 32),
            unit="bytes",
            help="What may wait for one backend that cannot take it, shared evenly by "
            "the workers.",
            default="4MiB",
        ),
    ]
    queue_age_s: Annotated[
        float,
        Setting(
            kinds.duration("s", 0.001, 86_400),
            unit="s",
            help="How long it may wait.",
            default="30",
        ),
    ]
    summary_s: Annotated[
        float,
        Setting(
            kinds.duration("s", 0, 86_400),
            unit="s",
            help="Between summaries in the log; 0: none.",
            default="60",
        ),
    ]
    log_level: Annotated[
        str,
        Setting(
            kinds.choice(("debug", "info", "warning", "error"), "L"),
            unit="name",
            help="The least that is logged: debug, info, warning, error.",
            default="info",
        ),
    ]
    log_format: Annotated[
        str,
        Setting(
            kinds.choice(("logfmt", "json"), "F"),
            unit="name",
            help="logfmt or json.",
            default="logfmt",
        ),
    ]
    no_admin: Annotated[
        bool,
        Setting(
            kinds.switch(),
            unit="",
            help="Open no admin port. (This version has none.)",
            default="false",
        ),
    ] = False
    control: Annotated[
        str | None,
        Setting(
            kinds.text(kinds.read_path, "PATH"),
            unit="path",
            help="Where the control socket goes. (This version has none.)",
            follows=nothing,
        ),
    ] = None


PROXY = Section("proxy", "statshard run", ProxySettings, RULES)
