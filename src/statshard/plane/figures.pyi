# figures: compiled code without a Python face; figures.pxd says what it offers.
