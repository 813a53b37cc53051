"""`python -m statshard` is the command `statshard`."""

from statshard.cli.main import main

main()
