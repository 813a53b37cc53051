"""Programs: the table of those whose configurations can be read, and which it is."""

from statshard.errors import SettingsError
from statshard.settings.foreign import etsy, hit9, hulu, lyft, rust, statsrelay, uber
from statshard.settings.foreign.foreign import Source
from statshard.settings.foreign.program import Program

PROGRAMS: dict[str, Program] = {
    program.name: program
    for program in (
        etsy.PROGRAM,
        statsrelay.PROGRAM,
        hit9.PROGRAM,
        hulu.PROGRAM,
        lyft.PROGRAM,
        uber.PROGRAM,
        rust.PROGRAM,
    )
}


def recognise(source: Source) -> Program:
    """Return the program whose configuration a text is.

    Raises SettingsError where none or several may be meant.
    """
    found = [one for one in PROGRAMS.values() if one.is_its(source.shown, source.text)]
    if len(found) == 1:
        return found[0]
    names = ", ".join(one.name for one in found or PROGRAMS.values())
    what = "may be of several programs" if found else "of no program that is recognised"
    raise SettingsError(f"{source.shown}: {what}; valid: --from with one of: {names}")
