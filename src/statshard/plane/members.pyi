# members: compiled code without a Python face; members.pxd says what it offers.
