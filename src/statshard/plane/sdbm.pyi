# sdbm: compiled code without a Python face; sdbm.pxd says what it offers.
