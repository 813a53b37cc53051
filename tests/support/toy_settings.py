"""Settings of a command that there is none of: every shape that an entry may have.

[toy]                a plain key, a list, a secret, a key that follows from another
[on_down]            a table; as one text policy=hold,rate=5
[[sink]]             an array of tables; as one text its url
retry = { ... }      within a sink: a table in it, or none
"""

from typing import Annotated

import msgspec

from statshard.settings import kinds, reading
from statshard.settings.section import Section
from statshard.settings.setting import Setting, build, nothing
from statshard.settings.tables import as_text


class Retry(msgspec.Struct, frozen=True, kw_only=True):
    """How often a sink tries again."""

    times: Annotated[int, Setting(kinds.whole(1, 9), "", "How often.")]
    wait_s: Annotated[
        float, Setting(kinds.duration("s", 0, 60), "s", "Between.", default="1")
    ]


class Sink(msgspec.Struct, frozen=True, kw_only=True):
    """Where figures go."""

    url: Annotated[str, Setting(kinds.text(reading.name, "URL"), "URL", "Where.")]
    name: Annotated[
        str,
        Setting(
            kinds.text(reading.name, "NAME"),
            "name",
            "Its name.",
            follows=lambda values: values["url"],
        ),
    ]
    token: Annotated[
        str | None,
        Setting(kinds.text(str, "T"), "", "A secret.", follows=nothing, is_secret=True),
    ]
    retry: Annotated[
        Retry | None,
        Setting(as_text(Retry), "", "Again.", struct=Retry, follows=nothing),
    ]


class OnDown(msgspec.Struct, frozen=True, kw_only=True):
    """What happens when one is gone."""

    policy: Annotated[
        str,
        Setting(kinds.choice(("hold", "drop"), "P"), "name", "What.", default="hold"),
    ]
    rate: Annotated[
        int, Setting(kinds.whole(1, 99_999), "1/s", "How fast.", default="20000")
    ]


def read_sink(text: str) -> Sink:
    """Read a sink's URL."""
    return build(Sink, {"url": reading.name(text)})


class ToySettings(msgspec.Struct, frozen=True, kw_only=True):
    """All that the command goes by."""

    interval_s: Annotated[
        float, Setting(kinds.duration("s", 1, 60), "s", "How often.", default="10")
    ]
    label: Annotated[
        tuple[str, ...],
        Setting(kinds.text(reading.name, "L"), "name", "Labels.", is_list=True),
    ]
    is_aligned: Annotated[
        bool, Setting(kinds.switch(), "", "By the wall clock.", default="false")
    ]
    sink: Annotated[
        tuple[Sink, ...],
        Setting(
            kinds.text(read_sink, "URL"), "URL", "Sinks.", is_list=True, struct=Sink
        ),
    ]
    on_down: Annotated[
        OnDown, Setting(as_text(OnDown), "", "When one is gone.", struct=OnDown)
    ]


TOY = Section("toy", "statshard toy", ToySettings)
