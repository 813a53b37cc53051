# overflow: compiled code without a Python face; overflow.pxd says what it offers.
