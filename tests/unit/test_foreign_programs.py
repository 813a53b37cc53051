"""Programs: whose configuration a text is, and what holds for each of them."""

import pytest

from statshard.errors import SettingsError
from statshard.settings.foreign.foreign import Source
from statshard.settings.foreign.programs import PROGRAMS, recognise
from tests.support.foreign import EXAMPLES, example, foreign, told


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_is_recognised_by_its_text(program: str) -> None:
    """Each program's file is known by what stands in it, whatever it is called."""
    text = example(program).text
    for end in ("\n", "\r\n"):
        source = Source("some.conf", text.replace("\n", end))
        assert program == recognise(source).name
    assert EXAMPLES.keys() == PROGRAMS.keys()


def test_what_is_of_no_program_is_refused_with_the_choices() -> None:
    """A text of no program names all of them; one that two may have, those two."""
    with pytest.raises(SettingsError) as refused:
        recognise(Source("F", "nothing\n"))
    names = ", ".join(PROGRAMS)
    valid = f"valid: --from with one of: {names}"
    assert f"F: of no program that is recognised; {valid}" == str(refused.value)
    both = "data_port=1\nnode 10.0.0.1:1:1\n"
    with pytest.raises(SettingsError, match=r"may be of several.*: hit9, hulu"):
        recognise(Source("F", both))


def test_all_faults_are_told_up_to_a_number() -> None:
    """Every fault is told at once, by line; of very many the first hundred."""
    text = "{nodes: [\n{host: 1, port: 1},\n{host: 'a'},\n{host: 'b', port: 0}]}"
    assert [2, 3, 4] == [int(line.split(":")[1]) for line in told("etsy", text)]
    many = f"{{nodes: [{'{host: 1, port: 1}, ' * 300}]}}"
    found = told("etsy", many)
    assert (101, "and 200 more") == (len(found), found[-1])


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_setting_read_is_frozen(program: str) -> None:
    """What a program's file comes to has a hash and a key, and is the same twice."""
    source = example(program)
    first = PROGRAMS[program].read(source)
    assert first == PROGRAMS[program].read(source)
    assert first.hash
    assert first.backends
    assert first == foreign(program, source.text)
