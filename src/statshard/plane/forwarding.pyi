# forwarding: compiled code without a Python face; forwarding.pxd says what it offers.
