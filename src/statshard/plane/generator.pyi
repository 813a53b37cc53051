# generator: compiled code without a Python face; generator.pxd says what it offers.
