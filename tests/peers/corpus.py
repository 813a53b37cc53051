"""Generated datagrams, the same ones at every run: what two servers are compared by.

    k0017.<odd name>:<values>|<type>...     the number names the case in a difference

Every name has the case's number in it, so that no two cases share a series unless one
case sends several lines to its own. Nothing here collides with a path that a server
makes of another type. Seeded; knows no socket.
"""

import random
from collections.abc import Callable

SEED = 6
NAMES = (
    "plain", "a.b.c", "sp ace", "tab\there", "sla/sh", "dollar$", "plus+", "dash-_",
    "caf\u00e9", "\u0001ctl", "semi;k=v", "semi;k=v;b=c", "eq=ual", "comma,k=v",
    "hash#k=v", "br[k=v]x", "..dots..", "UPPER", "0", "quote'\"", "back\\slash",
    "per%cent", "a  b", " lead", "trail ", "\u00a0nbsp", "\u3000wide", "at@x",
    "x" * 200,
)  # fmt: skip
INTEGERS = ("0", "1", "2", "7", "10", "999", "123456789", "-3", "+4", "-0", "007")
FRACTIONS = ("0.1", "0.2", "0.3", "1.5", "2.50", ".5", "5.", "1e3", "1E-7", "-0.25",
             "1e21", "123456789012345678901", "0.000001", "1e-7", "3.141592653589793",
             "9007199254740993", "1.7976931348623157e308", "5e-324")  # fmt: skip
ODD = ("", " 3 ", "0x10", "0b11", "0o17", "1_000", "NaN", "Infinity", "-Infinity",
       "1e400", "abc", "--1", "+-1", "1e", "e1", "0x", "1 2", "\t5", "5\r", "1,5",
       "\u0661", "1n", "-0x10", ".", "+", "-", "1e+2", "\u00a05",
       "\ufeff5")  # fmt: skip
RATES = ("0.1", "0.5", "0.25", "0.9", "0.3", "1", "2", "0.001", "1.0")
ODD_RATES = ("", "0", "-1", "1e-1", "2e-1", ".5", "0.5x", "abc", "NaN", "0.1.2")
# Rates that are numbers to JavaScript but none to etsy's own pattern: one of them ends
# its server (stats.js, the match of sampleRate), so that the corpus has none.
FATAL_RATES = (" 0.5", "+0.5", "Infinity")
TYPES = ("c", "g", "ms", "s")
ODD_TYPES = ("", "h", "d", "m", "kv", "C", "zz", "MS", " ms", "ms ", "c\r", "c ", "G")
TAGS = ("env:prod", "env:prod,az:1", "bare", "a:b:c", "k;v:x", "", ",", "a:b,a:b",
        "z:1,a:2", "sp ace:x y", "u:caf\u00e9", "c:1|c:abc", "e:x|@0.5")  # fmt: skip
MEMBERS = ("a", "b", "a b", "", "42", "42.0", "caf\u00e9", "a:b", "\u00e9", "0", "#x")

Make = Callable[[random.Random, str], str]


def plain(rng: random.Random, name: str) -> str:
    """One value of a type that everybody knows, some with a rate and tags."""
    line = f"{name}:{rng.choice(INTEGERS + FRACTIONS)}|{rng.choice(TYPES)}"
    if rng.random() < 0.4:
        line += f"|@{rng.choice(RATES)}"
    if rng.random() < 0.3:
        line += f"|#{rng.choice(TAGS)}"
    return line


def odd(rng: random.Random, name: str) -> str:
    """A line of which at least one part is not as it should be."""
    value = rng.choice(ODD if rng.random() < 0.6 else INTEGERS)
    kind = rng.choice(ODD_TYPES if rng.random() < 0.4 else TYPES)
    rate = f"|@{rng.choice(ODD_RATES)}" if rng.random() < 0.4 else ""
    tags = f"|#{rng.choice(TAGS)}" if rng.random() < 0.3 else ""
    return rng.choice((f"{name}:{value}|{kind}{rate}{tags}", f"{name}:{value}{rate}"))


def repeated(rng: random.Random, name: str) -> str:
    """One line with several values, each with its type, or packed before one type."""
    kind = rng.choice(TYPES)
    values = [rng.choice(INTEGERS + FRACTIONS) for _ in range(rng.randint(2, 5))]
    if rng.random() < 0.3:
        return f"{name}:{':'.join(values)}|{kind}"
    return name + "".join(f":{value}|{kind}" for value in values)


def counted(rng: random.Random, name: str) -> str:
    """Several lines of one counter: a sum of doubles, whose order shows."""
    pool = INTEGERS + FRACTIONS[:13]
    return "\n".join(
        f"{name}:{rng.choice(pool)}|c|@{rng.choice(RATES)}"
        for _ in range(rng.randint(2, 12))
    )


def timed(rng: random.Random, name: str) -> str:
    """Several lines of one timer: enough values for percentiles and bins to differ."""
    return "\n".join(
        f"{name}:{rng.choice((rng.randint(0, 500), round(rng.uniform(0, 500), 3)))}|ms"
        + rng.choice(("", "", f"|@{rng.choice(RATES)}"))
        for _ in range(rng.randint(1, 40))
    )


def gauged(rng: random.Random, name: str) -> str:
    """A gauge that is set and moved."""
    return "\n".join(
        f"{name}:{rng.choice(('', '+', '-'))}{rng.choice(('0', '1', '2.5', '10'))}|g"
        for _ in range(rng.randint(1, 6))
    )


def collected(rng: random.Random, name: str) -> str:
    """Members of one set, with repetitions."""
    return "\n".join(
        f"{name}:{rng.choice(MEMBERS)}|s" for _ in range(rng.randint(1, 12))
    )


def nameless(rng: random.Random, name: str) -> str:
    """What is hardly a line: no value, no type, only separators."""
    return rng.choice(
        (name, f"{name}:", f"{name}|c", f"{name}:|", f"{name}::|c", f"{name}:1",
         f"{name}:1|", f"{name}:1||", f"{name}:1|c|", f"{name}:1|c||", f"{name}|#a:b",
         f"{name}:1|c|@0.5|extra", f"{name}:1|c|c:id", f"{name}:1|c|T1700000000",
         f"{name}:1|c\r", f"\n\n{name}:1|c\n\n", f"{name}:1|c|#a:b|c:id")
    )  # fmt: skip


MAKERS: tuple[Make, ...] = (
    plain, plain, odd, odd, repeated, counted, timed, gauged, collected, nameless,
)  # fmt: skip


def generate(count: int, *, first: int = 0, seed: int = SEED) -> list[bytes]:
    """Return so many datagrams, of the cases ``first``, ``first`` + 1, ..."""
    datagrams = []
    for case in range(first, first + count):
        rng = random.Random(f"{seed}.{case}")
        name = f"k{case:04d}.{NAMES[case % len(NAMES)]}"  # of the case, not of the seed
        datagrams.append(rng.choice(MAKERS)(rng, name).encode())
    return datagrams
