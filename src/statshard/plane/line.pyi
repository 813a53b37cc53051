# line: compiled code without a Python face; line.pxd says what it offers.
