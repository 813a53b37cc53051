# ddsketch: compiled code without a Python face; ddsketch.pxd says what it offers.
