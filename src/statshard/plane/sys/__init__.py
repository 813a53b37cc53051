"""Extern declarations of the kernel's calls and of the compiler's atomics; no logic."""
