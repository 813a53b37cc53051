# rows: compiled code without a Python face; rows.pxd says what it offers.
