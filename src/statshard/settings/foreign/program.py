"""Program: one program whose configuration can be read; each is a file beside this."""

from collections.abc import Callable
from dataclasses import dataclass

from statshard.settings.foreign.foreign import Foreign, Source


@dataclass(frozen=True, slots=True)
class Program:
    """How it is named, recognised and read."""

    name: str  # as --from takes it
    title: str  # in sentences
    is_its: Callable[[str, str], bool]  # of a path and a text
    read: Callable[[Source], Foreign]  # raises SettingsError naming every fault
