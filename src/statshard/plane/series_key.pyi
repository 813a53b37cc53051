# series_key: compiled code without a Python face; series_key.pxd says what it offers.
