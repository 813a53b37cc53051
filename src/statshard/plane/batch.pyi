# batch: compiled code without a Python face; batch.pxd says what it offers.
