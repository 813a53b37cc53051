"""Sections: those of all commands; a settings file may hold any of them.

Every command reads and judges all that stands in the file, and goes by its own.
"""

from typing import Any

from statshard.settings.model import PROXY
from statshard.settings.section import Section
from statshard.settings.server import SERVER

SECTIONS: tuple[Section[Any], ...] = (
    PROXY,
    SERVER,
)  # Any: each has settings of its own
