# series: compiled code without a Python face; series.pxd says what it offers.
