# key: compiled code without a Python face; key.pxd says what it offers.
