# traffic: compiled code without a Python face; traffic.pxd says what it offers.
