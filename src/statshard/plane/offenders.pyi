# offenders: compiled code without a Python face; offenders.pxd says what it offers.
