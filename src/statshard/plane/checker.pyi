# checker: compiled code without a Python face; checker.pxd says what it offers.
