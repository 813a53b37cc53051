"""Write the files that come from tables in the source.

python -m docs.generate             into the tree: `make docs`
python -m docs.generate FOLDER      into a folder like it, for tests/truth
"""

import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from docs.pages.commands import format_commands
from docs.pages.examples import format_full, format_ini, format_least, format_serve
from docs.pages.man import COMMANDS, format_man
from docs.pages.metrics import format_metrics
from docs.pages.settings import format_schema, format_settings

ROOT = Path(__file__).resolve().parents[1]

# file -> what writes its text
PAGES: Mapping[str, Callable[[], str]] = {
    "docs/commands.md": format_commands,
    "docs/metrics.md": format_metrics,
    "docs/settings.md": format_settings,
    "docs/settings.schema.json": format_schema,
    **{f"docs/man/statshard-{name}.1": partial(format_man, name) for name in COMMANDS},
    "examples/statshard.toml": format_least,
    "examples/statshard-serve.toml": format_serve,
    "examples/statshard-full.toml": format_full,
    "examples/config.ini": format_ini,
}


def main() -> int:
    """Write every page; return the exit status."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT
    for name, write in PAGES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(write(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
