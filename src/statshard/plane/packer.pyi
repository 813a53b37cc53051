# packer: compiled code without a Python face; packer.pxd says what it offers.
