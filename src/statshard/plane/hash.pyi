# hash: compiled code without a Python face; hash.pxd says what it offers.
