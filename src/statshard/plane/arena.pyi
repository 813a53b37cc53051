# arena: compiled code without a Python face; arena.pxd says what it offers.
