# ring: compiled code without a Python face; ring.pxd says what it offers.
