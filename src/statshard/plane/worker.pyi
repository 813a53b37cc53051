# worker: compiled code without a Python face; worker.pxd says what it offers.
