# murmur3: compiled code without a Python face; murmur3.pxd says what it offers.
