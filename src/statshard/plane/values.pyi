# values: compiled code without a Python face; values.pxd says what it offers.
