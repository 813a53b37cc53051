# slots: compiled code without a Python face; slots.pxd says what it offers.
