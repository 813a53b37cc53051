# build: compiled code without a Python face; build.pxd says what it offers.
