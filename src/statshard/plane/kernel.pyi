# kernel: compiled code without a Python face; kernel.pxd says what it offers.
