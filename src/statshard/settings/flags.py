"""Flags: the words of a command line into settings.

All faults are found and shown at once. Must not know: the command-line library,
sockets.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from statshard.errors import SettingsError
from statshard.settings.model import DEFAULT_KEYS, PROXY, ProxySettings, Setting

MOST_WORKERS = 4  # where no number is given
QUEUE_ENTRY = 24  # bytes that a waiting datagram takes beside its own, at most


def settings_from_flags(
    given: Mapping[str, str | Sequence[str] | None], *, usable_cpus: int
) -> ProxySettings:
    """Return the settings for `given`: key -> text (texts, for a list).

    None or nothing: not given. `usable_cpus` decides how many workers there are where
    no number is given. Raises SettingsError naming every fault.
    """
    faults: list[str] = []
    values: dict[str, Any] = {}  # Any: the types are those of ProxySettings
    for setting in PROXY:
        values[setting.key] = _read(setting, given.get(setting.key), faults)
    if not faults:
        values["shard_by"] = values["shard_by"] or DEFAULT_KEYS[values["hash"]]
        values["workers"] = values["workers"] or min(MOST_WORKERS, usable_cpus)
        faults += _contradictions(values)
    if faults:
        raise SettingsError("\n".join(faults))
    return ProxySettings(**values)


def _read(
    setting: Setting, given: str | Sequence[str] | None, faults: list[str]
) -> Any:  # noqa: ANN401 -- the type is that of the field of ProxySettings
    """Return the value of one setting; a fault is added to `faults`."""
    if given is None or given == ():
        given = setting.default
    texts = [given] if isinstance(given, str) else list(given or ())
    values = []
    for text in texts:
        try:
            values.append(setting.read(text))
        except ValueError as fault:
            faults.append(f"{setting.flag} {text!r}: {fault}")
    if setting.is_list:
        return tuple(values)
    return values[0] if values else None


def _contradictions(
    values: Mapping[str, Any],  # Any: the types are those of ProxySettings
) -> list[str]:
    """Return what is wrong between settings that are each valid."""
    faults: list[str] = []
    backends = values["backend"]
    names = [backend.name for backend in backends]
    if not backends:
        faults.append(
            "no backend: nothing to forward to; "
            "add --backend HOST:PORT for each StatsD server"
        )
    faults += [
        f"--backend: {names.count(name)} backends are named {name!r}; "
        "give each its own: --backend NAME=HOST:PORT"
        for name in _repeated(names)
    ]
    if values["hash"] == "djb2":
        faults += [
            f"--backend: {b.name}: weight {b.weight:g}: djb2 has no weights; "
            "leave it out, or choose --hash rendezvous"
            for b in backends
            if b.weight != 1
        ]
    faults += _too_small_queue(values)
    urls = [listen.url for listen in values["listen"] if listen.port]
    faults += [
        f"--listen {url!r}: given {urls.count(url)} times" for url in _repeated(urls)
    ]
    return faults


def _too_small_queue(
    values: Mapping[str, Any],  # Any: the types are those of ProxySettings
) -> list[str]:
    """Return that a worker's share of the queue holds no full datagram, if so."""
    least = (values["max_payload"] + QUEUE_ENTRY) * values["workers"]
    if values["queue_bytes"] >= least:
        return []
    fault = (
        f"--queue-bytes {values['queue_bytes']}: {values['workers']} workers share it, "
        f"and each must be able to keep a datagram of {values['max_payload']} bytes; "
        f"valid: {least} or more, or fewer --workers"
    )
    return [fault]


def _repeated(texts: Sequence[str]) -> list[str]:
    """Return what occurs more than once, sorted."""
    return sorted({text for text in texts if texts.count(text) > 1})
