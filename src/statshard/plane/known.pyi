# known: compiled code without a Python face; known.pxd says what it offers.
