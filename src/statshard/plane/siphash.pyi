# siphash: compiled code without a Python face; siphash.pxd says what it offers.
