"""Real software beside statshard: servers, stores and clients that others wrote.

`make peers` installs what these tests start and `make peers-test` runs them; a plain
`make test` leaves this folder out (norecursedirs of pyproject.toml). Nothing here is
skipped: software that is absent is a failure.
"""
