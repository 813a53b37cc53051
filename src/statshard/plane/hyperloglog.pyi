# hyperloglog: compiled code without a Python face; hyperloglog.pxd says what it offers.
