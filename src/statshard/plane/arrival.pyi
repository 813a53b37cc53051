# arrival: compiled code without a Python face; arrival.pxd says what it offers.
