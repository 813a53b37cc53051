# strict: compiled code without a Python face; strict.pxd says what it offers.
