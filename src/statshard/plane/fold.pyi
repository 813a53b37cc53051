# fold: compiled code without a Python face; fold.pxd says what it offers.
