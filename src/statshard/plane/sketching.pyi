# sketching: compiled code without a Python face; sketching.pxd says what it offers.
