# etsy: compiled code without a Python face; etsy.pxd says what it offers.
