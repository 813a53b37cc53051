# gathering: compiled code without a Python face; gathering.pxd says what it offers.
