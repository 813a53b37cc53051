# series_name: compiled code without a Python face; series_name.pxd says what it offers.
