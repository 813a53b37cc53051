# nap: compiled code without a Python face; nap.pxd says what it offers.
