# hitters: compiled code without a Python face; hitters.pxd says what it offers.
