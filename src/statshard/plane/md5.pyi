# md5: compiled code without a Python face; md5.pxd says what it offers.
