"""The types that a user of the package sees are those of what is compiled.

That signatures agree is stubtest's business (`make stubs`); here, that none is missing.
"""

import importlib.machinery

from tests.support.tree import PACKAGE, PLANE, show


def test_each_compiled_module_has_its_stub() -> None:
    """Each .pyx has a .pyi beside it, and each .pyi a .pyx."""
    sources = {show(path.with_suffix("")) for path in PACKAGE.rglob("*.pyx")}
    stubs = {show(path.with_suffix("")) for path in PACKAGE.rglob("*.pyi")}
    assert stubs == sources


def test_each_compiled_module_has_its_source() -> None:
    """Each module compiled for this interpreter has a .pyx, so that none is stale."""
    suffix = importlib.machinery.EXTENSION_SUFFIXES[0]
    compiled = {path.name.removesuffix(suffix) for path in PLANE.glob(f"*{suffix}")}
    assert compiled == {path.stem for path in PLANE.glob("*.pyx")}


def test_the_package_says_that_it_is_typed() -> None:
    """The marker py.typed stands in the package, and is empty."""
    assert (PACKAGE / "py.typed").read_bytes() == b""
