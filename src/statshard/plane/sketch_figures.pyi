# sketch_figures: compiled code without a Python face; its pxd says what it offers.
