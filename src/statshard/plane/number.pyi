# number: compiled code without a Python face; number.pxd says what it offers.
