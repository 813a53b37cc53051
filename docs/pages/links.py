r"""Links of a page in the tree, as the site has them. Pure: no mkdocs, no files.

The tree                                   the site
docs/settings.md, which links to           settings.md
    ../bench/RESULTS.md#delay                  bench/RESULTS.md#delay
bench/RESULTS.md, ARCHITECTURE.md          the same: only docs/ is the site's root

So a page is one text for whoever reads it in the tree and for the site. In code within
a table, where the tree's readers want a bar as \|, the site's Markdown wants it bare.
"""

import posixpath
import re
from re import Match

HOME = "docs/"
_LINK = re.compile(r"(\]\()([^)\s#]+)([^)]*\))")
_FENCE = re.compile(r"^(```.*?^```$)", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"(`+)(.+?)\1")


def place_in_site(path: str) -> str:
    """Return where a file of the tree stands in the site."""
    return path.removeprefix(HOME)


def lead_in_site(page: str, text: str) -> str:
    """Return the text of a page (its path in the tree) with links as the site has them.

    A link to another host, and what stands in a fence, stays as it is.
    """

    def lead(found: Match[str]) -> str:
        before, link, behind = found.groups()
        if "://" in link or link.startswith("mailto:"):
            return found[0]
        there = posixpath.normpath(posixpath.join(posixpath.dirname(page), link))
        here = posixpath.dirname(place_in_site(page)) or "."
        return before + posixpath.relpath(place_in_site(there), here) + behind

    parts = _FENCE.split(text)
    parts[::2] = [_bare_bars(_LINK.sub(lead, part)) for part in parts[::2]]
    return "".join(parts)


def _bare_bars(text: str) -> str:
    r"""Return a text with \| of code within tables as |."""
    return re.sub(
        r"(?m)^\|.*$",
        lambda row: _CODE.sub(lambda code: code[0].replace(r"\|", "|"), row[0]),
        text,
    )
