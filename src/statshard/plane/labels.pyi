# labels: compiled code without a Python face; labels.pxd says what it offers.
