"""Links of the pages lead in the site to where the tree's links lead."""

import pytest

from docs.pages.links import lead_in_site, place_in_site


@pytest.mark.parametrize(
    ("page", "link", "led"),
    [
        ("docs/how.md", "settings.md", "settings.md"),
        ("docs/how.md", "settings.md#units", "settings.md#units"),
        ("docs/how.md", "../bench/RESULTS.md#delay", "bench/RESULTS.md#delay"),
        ("docs/how.md", "../ARCHITECTURE.md", "ARCHITECTURE.md"),
        ("docs/how.md", "drawings/line.svg", "drawings/line.svg"),
        ("ARCHITECTURE.md", "docs/settings.md", "settings.md"),
        ("ARCHITECTURE.md", "bench/RESULTS.md", "bench/RESULTS.md"),
        ("bench/RESULTS.md", "plots/rate.svg", "plots/rate.svg"),
        ("bench/RESULTS.md", "../docs/settings.md", "../settings.md"),
        ("docs/how.md", "#the-balance", "#the-balance"),
        ("docs/how.md", "https://example.com/a.md", "https://example.com/a.md"),
        ("docs/how.md", "mailto:a@example.com", "mailto:a@example.com"),
    ],
)
def test_a_link_leads_to_the_same(page: str, link: str, led: str) -> None:
    """A link of the tree becomes that of the site, its anchor kept."""
    assert f"see [it]({led})." == lead_in_site(page, f"see [it]({link}).")


@pytest.mark.parametrize(
    ("text", "led"),
    [
        ("| `a:1\\|c` | b |", "| `a:1|c` | b |"),
        ("| a \\| b | `c` |", "| a \\| b | `c` |"),
        ("no table: `a\\|b`", "no table: `a\\|b`"),
        (
            "```text\n[a](../b.md)\n| `a\\|c` |\n```",
            "```text\n[a](../b.md)\n| `a\\|c` |\n```",
        ),
    ],
)
def test_only_code_in_tables_is_made_bare(text: str, led: str) -> None:
    """A bar of code in a table stands bare in the site; all other text is as it was."""
    assert led == lead_in_site("docs/how.md", text)


def test_docs_is_the_root_of_the_site() -> None:
    """Pages of docs/ stand at the site's root, those of other folders below it."""
    assert ["how.md", "bench/RESULTS.md"] == [
        place_in_site("docs/how.md"),
        place_in_site("bench/RESULTS.md"),
    ]
