# tally: compiled code without a Python face; tally.pxd says what it offers.
