# index: compiled code without a Python face; index.pxd says what it offers.
