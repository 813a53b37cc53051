# totals: compiled code without a Python face; totals.pxd says what it offers.
