# link: compiled code without a Python face; link.pxd says what it offers.
