# stamp: compiled code without a Python face; stamp.pxd says what it offers.
