# timer_rows: compiled code without a Python face; timer_rows.pxd says what it offers.
