"""What docs/FORMAT.md section 2.1 says, as a decoder of encoded content.

Written from the document alone; see decode_norlog.py. No care is taken of
content that no engine writes.
"""

import struct
from fractions import Fraction
from math import gcd

RATES = (32768, 21845, 16384, 13107, 10922, 9362, 8192, 7281,
         6553, 5957, 5461, 5041, 4681, 4369, 4096, 2730)
WIDTHS = (8, 16, 32, 64, 32, 64)  # of column kinds, bits
NEW_TAG, LITERAL = 6, 7


class Probability:
    def __init__(self):
        self.one, self.count = 2048, 0

    def learn(self, bit):
        rate = RATES[self.count]
        self.one += ((4096 - self.one) * rate >> 16) if bit else -(self.one * rate >> 16)
        self.count = min(self.count + 1, 15)


def probabilities(count):
    return [Probability() for _ in range(count)]


class Coder:
    def __init__(self, data):
        self.data, self.at = data, 4
        self.range, self.code = 0xFFFFFFFF, int.from_bytes((data + bytes(4))[:4], "big")

    def split(self, bound):
        one = self.code < bound
        if one:
            self.range = bound
        else:
            self.range -= bound
            self.code -= bound
        while self.range < 1 << 24:
            byte = self.data[self.at] if self.at < len(self.data) else 0
            self.range, self.code, self.at = self.range << 8, self.code << 8 | byte, self.at + 1
        return int(one)

    def bit(self, probability):
        one = self.split((self.range >> 12) * probability.one)
        probability.learn(one)
        return one

    def direct(self, count):
        value = 0
        for _ in range(count):
            value = value << 1 | self.split(self.range >> 1)
        return value


def wrap(value, bits):
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


class Difference:
    def __init__(self):
        self.divisor, self.last = 0, 0
        self.negative, self.divides, self.longer = probabilities(3), Probability(), probabilities(8)

    def magnitude(self, coder, shared):
        length = 1
        while length < 64 and coder.bit(self.longer[min(length, 8) - 1]):
            length += 1
        if length == 1:
            return 1
        top = 2 + coder.bit(shared[min(length, 8) - 2])
        return top << (length - 2) | coder.direct(length - 2)

    def decode(self, coder, shared):
        negative = coder.bit(self.negative[self.last])
        self.last = 1 + negative
        divides = self.divisor > 1 and coder.bit(self.divides)
        value = self.magnitude(coder, shared)
        if divides:
            value *= self.divisor
        else:
            self.divisor = 1 if value >> 32 else gcd(value, self.divisor)
        return -value if negative else value


class Tag:
    def __init__(self, tag, kinds, time, step):
        self.tag, self.columns = tag, [Column(kind) for kind in kinds]
        self.time, self.step, self.off_grid, self.candidate = time, step, 0, 0
        self.kept, self.keeps, self.meets = 0, probabilities(2), Probability()
        self.difference, self.follower = Difference(), 0

    def decode_time(self, coder, shared):
        self.kept = coder.bit(self.keeps[self.kept])
        if self.kept:
            moved, self.off_grid = self.step, 0
        elif coder.bit(self.meets):
            moved, self.off_grid = self.step - self.off_grid, 0
        else:
            moved = wrap(self.step + self.difference.decode(coder, shared), 64)
            self.off_grid = wrap(self.off_grid + moved, 32)
            if wrap(moved, 32) == self.candidate:
                self.step, self.off_grid = moved, 0
            self.candidate = wrap(moved, 32)
        self.time = wrap(self.time + moved, 64)
        return self.time


class Column:
    def __init__(self, kind):
        self.kind, self.value, self.other = kind, 0, 0
        self.bits = 64 if kind >= 4 else WIDTHS[kind]
        self.same, self.to_other, self.same_as_other = (Probability(), probabilities(2),
                                                        Probability())
        self.decimal, self.digits, self.was_other = Probability(), 0, 0
        self.difference = Difference()

    def decode_integer(self, coder, shared):
        if coder.bit(self.same):
            return self.value
        self.was_other = coder.bit(self.to_other[self.was_other])
        if self.was_other:
            self.value, self.other = wrap(self.value + self.other, self.bits), -self.other
            if coder.bit(self.same_as_other):
                return self.value
        moved = self.difference.decode(coder, shared)
        if not self.was_other and abs(moved) >= 128:
            self.other = 0
        self.other = wrap(self.other - moved, 32)
        self.value = wrap(self.value + moved, self.bits)
        return self.value

    def decode_float(self, coder, shared):
        width = WIDTHS[self.kind]
        if not coder.bit(self.decimal):
            if not coder.direct(1):
                return coder.direct(width).to_bytes(width // 8, "little")
            digits = coder.direct(4)
            factor = 10 ** (digits - self.digits) if digits >= self.digits else 0
            self.value, self.other = wrap(self.value * factor, 64), wrap(self.other * factor, 32)
            self.digits, self.difference.divisor = digits, 0
        return nearest_float(Fraction(self.decode_integer(coder, shared), 10 ** self.digits), width)

    def decode(self, coder, shared):
        if self.kind >= 4:
            return self.decode_float(coder, shared)
        value = self.decode_integer(coder, shared) & ((1 << self.bits) - 1)
        return value.to_bytes(self.bits // 8, "little")


def nearest_float(value, width):
    """The bytes of the nearest normal binary32 or binary64, ties to even."""
    mantissa = 24 if width == 32 else 53
    if value == 0:
        return bytes(width // 8)
    exponent = 0
    while abs(value) / Fraction(2) ** exponent >= 2:
        exponent += 1
    while abs(value) / Fraction(2) ** exponent < 1:
        exponent -= 1
    unit = Fraction(2) ** (exponent - mantissa + 1)
    rounded = float(round(value / unit) * unit)  # exact: so few bits
    return struct.pack("<f" if width == 32 else "<d", rounded)


class Model:
    """Of one block."""

    def __init__(self):
        self.tags, self.last, self.time = [], 0, None
        self.expected, self.shared = Probability(), probabilities(7)
        self.literal = (0, 0)

    def choice(self, coder):
        if self.tags and coder.bit(self.expected):
            return self.tags[self.last].follower
        return coder.direct(3)

    def new_tag(self, coder, codec, first):
        tag, count = coder.direct(8), coder.direct(5)
        kinds = [coder.direct(3) for _ in range(count)]
        self.tags.append(Tag(tag, kinds, self.time, codec.step if first else 0))
        return len(self.tags) - 1

    def read_literal(self, coder, content, end):
        if not coder.direct(1):
            self.literal = (coder.direct(8), coder.direct(16))
        raw = coder.direct(coder.direct(7))
        tag, length = self.literal
        time = wrap(self.time + ((raw >> 1) ^ -(raw & 1)), 64)
        return tag, time, content[end - length:end]


def decode_frame(model, codec, count, content):
    """The records of one frame; `codec` is the state before it, and stays."""
    coder, records, end = Coder(content), [], len(content)
    for sequence in range(codec.next, codec.next + count):
        first = model.time is None
        if first:
            model.time = codec.time
        choice = model.choice(coder)
        if choice == LITERAL:
            tag, time, payload = model.read_literal(coder, content, end)
            end -= len(payload)
        else:
            if choice == NEW_TAG:
                choice = model.new_tag(coder, codec, first)
            model.tags[model.last].follower = choice
            model.last = choice
            known = model.tags[choice]
            tag, time = known.tag, known.decode_time(coder, model.shared)
            payload = b"".join(column.decode(coder, model.shared) for column in known.columns)
        model.time = time
        records.append({"sequence": sequence, "tag": tag, "time": time, "payload": payload.hex()})
    return records
