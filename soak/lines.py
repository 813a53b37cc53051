"""Lines: what a soak sends, in its order: every kind that is carried, a few refused.

Pure. Must not know: sockets, files, what becomes of a line.
"""

NAMES = 500  # of each kind
REFUSED_EACH = 50  # one line in so many is refused
CARRIED = (
    "gorets.%d:1|c",
    "glork.%d,env=a:320|ms|@0.1|#b:2",
    "gaugor.%d:+4|g",
    "uniques.%d:765|s",
    "sizes.%d:12:13:14|h|#env:soak,place:%d",
    "_e{5,4}:title|text|#k:%d",
    "_sc|db.%d|1|m:down",
)
# Reason, as the proxy counts it -> a line that is refused for it.
REFUSED = {
    "no_colon": "gorets.%d|c",
    "empty_name": ":%d|c",
    "bad_event": "_e{5,4%d}:title|text",
    "bad_check": "_sc|db.up|%d9",
}


def list_lines() -> list[str]:
    """Return the lines of one round; a run goes through them again and again."""
    forms = list(REFUSED.values())
    lines = []
    for number in range(NAMES * len(CARRIED)):
        form = CARRIED[number % len(CARRIED)]
        if number % REFUSED_EACH == 0:
            form = forms[number // REFUSED_EACH % len(forms)]
        lines.append(form.replace("%d", str(number)))
    return lines
