"""Datagrams written by hand, for two servers to agree on: bytes and corners.

ROWS go to both servers, in this order. FATAL ends etsy's server, each of them alone:
whoever can reach its port can stop it.
"""

# What no name may be to an object of JavaScript: it has these already.
INHERITED = ("constructor", "toString", "valueOf", "hasOwnProperty", "__proto__")

FATAL: tuple[bytes, ...] = (
    # A rate that is a number to Number() but none to the pattern that reads it.
    b"a:1|c|@ 0.5",
    b"a:1|c|@+0.5",
    b"a:1|c|@Infinity",
    # What the table has already is taken for a list of values, or for a set.
    *(f"{name}:1|ms".encode() for name in INHERITED),
    *(f"{name}:1|s".encode() for name in INHERITED),
)

_NUMBERS = (
    b"1e1000", b"-1e1000", b"0X1F", b"0xffffffffffffffffff", b"0x1p3", b"0x", b"0b102",
    b"0o8", b"00x1", b"1__0", b"+Infinity", b"infinity", b"inf", b"nan", b"1.e3",
    b".e1", b"1.5.5", b"1e5.5", b"9007199254740993", b"2.2250738585072011e-308",
    b"1e-400", b"0.1e1", b"123456789.123456789e-5", b"4.9e-324", b"2.4e-324", b"1e23",
    b"8.5e22", b"179769313486231580793728971405301e276", b"\xc2\xa01",
    b"\xe2\x80\xa81",
    b"\xe1\xa0\x8e1", b"\xc2\x851", b"\x0b1", b"\x0c1\x1f", b"\xef\xbb\xbf1", b"1\x00",
    b"\x001", b"0x1\xff", b"1\xff", b"0e", b"0.0000001e7", b"5e-7", b"1e21", b"1e20",
)  # fmt: skip

ROWS: tuple[bytes, ...] = (
    b"",
    b"\n",
    b"\n\n\n",
    b"\x00",
    b"\xff",
    b":",
    b"|",
    b"|#",
    b":1|c",
    b":|",
    b"::::",
    b"|||",
    b"r.nul\x00name:1|c",
    b"r.bad\xffname:1|c",
    b"r.cut\xe2\x82:1|c",
    b"r.overlong\xc0\xaf:1|c",
    b"r.surrogate\xed\xa0\x80:1|c",
    # Bytes that are no UTF-8 become one and the same character: one member, or two.
    b"r.members:\xff|s\nr.members:\xfe|s\nr.members:\xef\xbf\xbd|s",
    b"r.cutmembers:\xe2\x82|s\nr.cutmembers:\xe2|s\nr.cutmembers:\xe2\x82\x82|s",
    b"r.casemembers:A|s\nr.casemembers:a|s\nr.casemembers: a|s\nr.casemembers:a |s",
    b"r.protomembers:constructor|s\nr.protomembers:__proto__|s",
    b"r.numbermembers:1|s\nr.numbermembers:1.0|s\nr.numbermembers:01|s",
    b"r.rates:1|c|@0.7\nr.rates:1|c|@0.7\nr.rates:1|c|@0.3",
    b"r.rate0:1|c|@0\nr.rate0t:1|ms|@0",
    b"r.rateexp:1|c|@2e-1\nr.rateexpt:1|ms|@2e-1",
    b"r.ratehex:1|c|@0x2",
    b"r.rateend:1|c|@0.5 ",
    b"r.ratedot:1|c|@.5\nr.ratedots:1|c|@5.",
    b"r.ratetwo:1|c|@0.5|@0.1",
    b"r.over:1.7e308|c\nr.over:1.7e308|c",
    b"r.notanumber:Infinity|c\nr.notanumber:-Infinity|c",
    b"r.timeroverflow:1e200|ms\nr.timeroverflow:1e200|ms",
    b"r.timerinf:Infinity|ms\nr.timerinf:1|ms",
    b"r.zero:-0|g\nr.zero2:0|g\nr.zero2:-0|g",
    b"r.gaugenan:Infinity|g\nr.gaugenan:-Infinity|g\nr.gaugenan:+3|g",
    b"r.gaugesign:5|g\nr.gaugesign:+-3|g\nr.gaugesign: -3|g\nr.gaugesign:- 3|g",
    b"r.gaugerate:5|g|@0.1\nr.gaugerate:+5|g|@0.1",
    b"r.gaugeempty:5|g\nr.gaugeempty:|g",
    b"r.typespace:1| ms \nr.typespace:1|ms\t\nr.typespace:1|\xc2\xa0g",
    b"r.typeend:1|c\r\nr.typeend:1|ms\r\nr.typeend:1|g\r\nr.typeend:1|c|@0.5\r\n",
    b"r.negativetime:-1|ms\nr.negativetime:-0|ms\nr.negativetime: -1|ms",
    b"r.unknown:-1| ms",
    b"r.tagtwice:1|c|#a:b|#c:d",
    b"r.tagfirst:1|#a:b|c",
    b"r.tagempty:1|c|#\nr.tagcommas:1|c|#,,a:b,,",
    b"r.tagcolon:1|c|#a:b:c:d\nr.tagsemi:1|c|#a;b;c:d",
    b"r.taglf:1|c|#a:b\nc:1|c",
    b"r.tagbytes:1|c|#\xff:\xfe",
    b"r.tagset:a|s|#x:y\nr.tagset:b|s|#x:y\nr.tagset:b|s|#x:z",
    b"r.hash#x:1|c\nr.pipe|x:1|c",
    b"12345:1|c\n007:1|c\n4294967295:1|c\n-1:1|c\n1.5:1|c",
    b"r.long." + b"n" * 8000 + b":1|c",
    b"\n".join(b"r.many.%d:%d|c" % (n % 50, n) for n in range(3500)),
    b":".join([b"r.packedlong", *[b"1|ms"] * 500]),
    *(b"r.n%d:%s|%s" % (n, number, kind)
      for n, number in enumerate(_NUMBERS) for kind in (b"c", b"g", b"ms")),
)  # fmt: skip

# Keys that an object of JavaScript has already: etsy tells something, and not a figure.
INHERITED_ROWS: tuple[bytes, ...] = tuple(
    f"{name}:{value}".encode() for name in INHERITED for value in ("1|c", "2|g", "+3|g")
)

# To etsy a CR at the end is a byte of the line: of its last tag, or of its type, by
# which it then judges the value as a counter's; and a line may be nothing but a CR.
CR_ROWS: tuple[bytes, ...] = (
    b"cr.tag:1|c|#a:b\r\ncr.tag:1|c|#a:b",
    b"cr.member:x|s\r",
    b"cr.negative:-1|ms\r",
    b"\r\n\r",
)
