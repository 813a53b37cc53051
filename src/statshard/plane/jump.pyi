# jump: compiled code without a Python face; jump.pxd says what it offers.
