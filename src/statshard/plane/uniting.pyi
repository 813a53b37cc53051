# uniting: compiled code without a Python face; uniting.pxd says what it offers.
