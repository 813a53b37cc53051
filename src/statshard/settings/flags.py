"""Flags: the words of a command line into settings.

All faults are found and shown at once. Must not know: the command-line library,
sockets.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from statshard.errors import SettingsError
from statshard.settings.model import DEFAULT_KEYS, PROXY, ProxySettings, Setting


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
        faults += _contradictions(values)
    if faults:
        raise SettingsError("\n".join(faults))
    return ProxySettings(
        **values
        | {
            "shard_by": values["shard_by"] or DEFAULT_KEYS[values["hash"]],
            "workers": values["workers"] or min(4, usable_cpus),
        }
    )


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
    faults = []
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
    urls = [listen.url for listen in values["listen"] if listen.port]
    faults += [
        f"--listen {url!r}: given {urls.count(url)} times" for url in _repeated(urls)
    ]
    return faults


def _repeated(texts: Sequence[str]) -> list[str]:
    """Return what occurs more than once, sorted."""
    return sorted({text for text in texts if texts.count(text) > 1})
