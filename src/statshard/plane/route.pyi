# route: compiled code without a Python face; route.pxd says what it offers.
