# javascript: compiled code without a Python face; javascript.pxd says what it offers.
