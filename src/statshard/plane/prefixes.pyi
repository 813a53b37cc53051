# prefixes: compiled code without a Python face; prefixes.pxd says what it offers.
