"""What kind of build is tested (scripts/sanitize sets SANITIZED)."""

import os

import pytest

SANITIZER = os.environ.get("SANITIZED", "")

COUNTS_MEMORY = pytest.mark.skipif(
    SANITIZER != "", reason="a sanitizer's own memory would be counted"
)
COUNTS_THREADS = pytest.mark.skipif(
    SANITIZER == "thread", reason="ThreadSanitizer's own thread would be counted"
)
