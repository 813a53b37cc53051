# waiting: compiled code without a Python face; waiting.pxd says what it offers.
