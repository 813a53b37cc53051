"""What mkdocs is told beyond mkdocs.yml, by its events; `make docs` runs it.

Pages of other folders (bench/, and those at the root) become pages of the site, and
what pages link to (plots, examples) comes along; links are those of the tree, led to
where it stands in the site (pages/links.py). What a reader's browser would fetch from
elsewhere is a warning, which ends the build.
"""

import logging
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from docs.pages.links import lead_in_site, place_in_site

ROOT = Path(__file__).resolve().parents[1]
# Of the tree beside docs/: what the site has too.
BESIDE = (
    *("bench/*.md", "bench/plots/*.svg", "examples/*.toml", "examples/*.ini"),
    *("ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md"),
)
FETCHED = re.compile(
    r"<(?:script|link|img|iframe|source)\b[^>]*?\b(?:src|href)=\"?((?:https?:)?//[^\s\">]+)"
)
log = logging.getLogger("mkdocs.plugins.statshard")


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the files beside docs/ to those of the site."""
    for pattern in BESIDE:
        for path in sorted(ROOT.glob(pattern)):
            name = place_in_site(str(path.relative_to(ROOT)))
            files.append(File.generated(config, name, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, *, page: Page, **_: object) -> str:
    """Lead the links of a page to where they lead in the site."""
    path = Path(page.file.abs_src_path or "").relative_to(ROOT)
    return lead_in_site(str(path), markdown)


def on_post_page(output: str, *, page: Page, **_: object) -> str:
    """Warn of what a browser would fetch from elsewhere."""
    for url in FETCHED.findall(output):
        log.warning("%s: fetches %s, which is not of this site", page.file.src_uri, url)
    return output
