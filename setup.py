"""Build the compiled modules of statshard: every src/statshard/plane/*.pyx.

All else stands in pyproject.toml. Switches are STATSHARD_... = 1:
_DEBUG bounds checks, C asserts, -O1; _TRACE line tracing, so that coverage sees inside
nogil code; _WERROR C warnings are errors (CI only); _METADATA_ONLY nothing compiled;
_DOORS also the modules that only tests use (_*.pyx).
STATSHARD_SANITIZE names a row of SANITIZERS; scripts/sanitize and scripts/fuzz use it.
"""

import os
import sys
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

if sys.platform != "linux":
    sys.exit(f"statshard: runs on Linux only (kernel 5.4 or later), not {sys.platform}")

DEBUG, TRACE, WERROR, METADATA_ONLY, DOORS = (
    os.environ.get(f"STATSHARD_{name}") == "1"
    for name in ("DEBUG", "TRACE", "WERROR", "METADATA_ONLY", "DOORS")
)
# Of gcc, but for "fuzz", which is clang's: libFuzzer's coverage, without its main().
SANITIZERS = {
    "address": ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
    "thread": ["-fsanitize=thread"],
    "fuzz": [
        "-fsanitize=address,undefined,fuzzer-no-link",
        "-fsanitize-coverage-allowlist=scripts/fuzz-coverage.txt",
        "-fno-sanitize-recover=all",
    ],
}
SANITIZE = os.environ.get("STATSHARD_SANITIZE", "")
VARIANT = "-debug" * DEBUG + "-trace" * TRACE + f"-{SANITIZE}" * bool(SANITIZE)
BUILD = Path("build" + VARIANT)  # a folder for each variant
GENERATED = BUILD / "cython" / str(sys.implementation.cache_tag)
PLANE = Path("src/statshard/plane")
DIRECTIVES = {
    "language_level": "3",
    "freethreading_compatible": True,
    "auto_pickle": False,
    "autotestdict": False,
    "boundscheck": DEBUG,
    "wraparound": False,
    "cdivision": True,
    "linetrace": TRACE,
    "warn.maybe_uninitialized": True,
    "warn.unused": True,
}
C_FLAGS = ["-g", "-Wall", "-Wextra", "-Wsign-compare", "-fno-strict-aliasing"]
# Each operation is rounded as written, on every processor: figures to the last digit.
C_FLAGS += ["-ffp-contract=off"]
C_FLAGS += ["-O1", "-UNDEBUG"] if DEBUG or SANITIZE else ["-O3"]
C_FLAGS += ["-Werror"] if WERROR else []
INSTRUMENTED = SANITIZERS[SANITIZE] if SANITIZE else []
MACROS = [("CYTHON_TRACE_NOGIL", "1"), ("CYTHON_USE_SYS_MONITORING", "0")]
EXTENSIONS = [
    Extension(
        f"statshard.plane.{path.stem}",
        [str(path)],
        include_dirs=[str(PLANE), str(PLANE / "sys")],
        define_macros=MACROS if TRACE else [],
        extra_compile_args=C_FLAGS + INSTRUMENTED,
        extra_link_args=INSTRUMENTED,
        depends=["setup.py", *map(str, PLANE.rglob("*.h"))],
    )
    for path in sorted(PLANE.glob("*.pyx"))
    if DOORS or not path.stem.startswith("_")
]
CHANGED = Path("setup.py").stat().st_mtime
COMPILED = cythonize(
    [] if METADATA_ONLY else EXTENSIONS,
    build_dir=str(GENERATED),  # generated C never lands beside the source
    compiler_directives=DIRECTIVES,  # one place, not one header per file
    emit_linenums=True,  # sanitizers, gdb and perf speak .pyx lines
    force=any(c.stat().st_mtime < CHANGED for c in GENERATED.rglob("*.c")),
)
setup(ext_modules=COMPILED, options={"build": {"build_base": str(BUILD)}})
