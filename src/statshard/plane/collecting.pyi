# collecting: compiled code without a Python face; collecting.pxd says what it offers.
