"""What docs/FORMAT.md sections 1 and 2 say, as a parser of one bucket.

Written from the document alone; see decode_norlog.py.
"""

import copy
import struct

from norlog_encoded import Model, decode_frame

MARK_BYTES, NOTE_BYTES, PROBE_BYTES, HEADER_BYTES = 12, 4, 28, 104
PAGE_PAD_BYTES = 32
MOST_RECORDS_PER_BYTE = 8  # of encoded content and crc
MASK64 = (1 << 64) - 1


def crc32c(data, crc=0):
    """CRC-32C bit by bit: reflected polynomial 82F63B78."""
    crc ^= 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


assert crc32c(b"123456789") == 0xE3069283


class Invalid(Exception):
    """Bytes that are not what they were taken for."""


class Cursor:
    """Reads integers from bytes; Invalid at their end."""

    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def u8(self):
        return self.take(1)[0]

    def take(self, count):
        if self.at + count > len(self.data):
            raise Invalid("too short")
        self.at += count
        return self.data[self.at - count:self.at]

    def varint(self):
        value = 0
        for i in range(10):
            byte = self.u8()
            value |= (byte & 0x7F) << (7 * i)
            if byte < 0x80:
                if (i > 0 and byte == 0) or value > MASK64:
                    raise Invalid("padded varint")
                return value
        raise Invalid("varint too long")

    def zigzag(self):
        raw = self.varint()
        return (raw >> 1) ^ -(raw & 1)


def signed64(value):
    value &= MASK64
    return value - (1 << 64) if value >> 63 else value


class Shape:
    """The geometry and what section 1 derives from it."""

    def __init__(self, args, size):
        self.bucket, self.block = args.bucket, args.block
        self.page, self.unit = args.page, args.unit
        self.count = size // self.bucket
        self.layout = crc32c(struct.pack("<5I", self.bucket, self.count, self.block,
                                         self.page, self.unit))
        self.open_note = self.up(MARK_BYTES)
        self.void_note = self.open_note + self.up(NOTE_BYTES)
        self.header = self.void_note + self.up(NOTE_BYTES)
        self.frames = self.header + self.up(HEADER_BYTES)

    def up(self, n):
        return (n + self.unit - 1) // self.unit * self.unit

    def check(self, index, data):
        return crc32c(struct.pack("<II", self.layout, index) + data)

    def blocks(self):
        """(begin, end) of each block."""
        for k in range(self.bucket // self.block):
            yield (k * self.block if k else self.frames), (k + 1) * self.block


class Codec:
    """The state that content is relative to."""

    def __init__(self):
        self.next, self.time, self.step, self.tag, self.length = 1, 0, 0, 0, 0

    def records(self, content):
        cursor, records = Cursor(content), []
        while cursor.at < len(content):
            head = cursor.u8()
            if head & 0x80:
                self.tag, self.length = cursor.u8(), cursor.varint()
                if self.tag > 128:
                    raise Invalid("tag")
            if head & 0x40:
                self.step = cursor.zigzag()
            for _ in range((head & 0x3F) + 1):
                self.time = signed64(self.time + self.step)
                payload = cursor.take(self.length)
                records.append({"sequence": self.next, "tag": self.tag, "time": self.time,
                                "payload": payload.hex()})
                self.next += 1
        return records


def read_cursors(cursor, following):
    mask = cursor.u8()
    return {i: following - 1 - cursor.varint() for i in range(8) if mask >> i & 1}


def read_moved_cursors(cursor, following, before):
    """Those of a cursors frame: who is enabled, who has moved, and whereto."""
    mask, moved = cursor.u8(), cursor.u8()
    if moved & ~mask:
        raise Invalid("a disabled reader has moved")
    return {i: following - 1 - cursor.varint() if moved >> i & 1 else before.get(i, 0)
            for i in range(8) if mask >> i & 1}


class Frame:
    """A frame whose crc verifies."""

    def __init__(self, kind, offset, size):
        self.kind, self.offset, self.size = kind, offset, size
        self.copy = self.real = False
        self.origin = None       # a copy's `from`: (bucket number, offset)
        self.records, self.cursors = [], None
        self.schema = None       # (tag, also before, text)
        self.unordered = self.clock = False
        self.tags = b""          # a head frame's classes of the blocks before
        self.dead = False


class BlockParser:
    """Walks the frames of one block (section 2)."""

    def __init__(self, shape, image, number, identity, begin, end):
        self.shape, self.image, self.end = shape, image, end
        self.number, self.identity = number, identity
        self.begin, self.limit = begin, end - shape.unit  # the last unit: close mark only
        self.codec, self.same = None, None
        self.cursors = {}        # as of the last frame
        self.model, self.count = Model(), 1
        self.items = []          # ("touch" | "mark", offset) and Frames
        self.torn = []           # offsets where something stands that is no frame

    def unit_is(self, at, value):
        unit = self.image[at:at + self.shape.unit]
        return at + self.shape.unit <= self.end and unit == bytes([value]) * self.shape.unit

    def verifies(self, at, hashed, stored):
        seed = struct.pack("<QQI", self.identity, self.number, at)
        return crc32c(seed + hashed) == struct.unpack("<I", stored)[0]

    def next_behind(self, kind, content):
        """What the crc covers beside the frame: the sequence number behind it."""
        if kind in ("head", "schema"):
            return b""
        if self.codec is None:
            raise Invalid("the first frame of a block is a head")
        codec = copy.copy(self.codec)
        if kind != "cursors":
            codec.records(content)
        return struct.pack("<Q", codec.next)

    def frame_at(self, at):
        """The frame at `at`, or None."""
        try:
            return self.parse(at) if at < self.limit else None
        except Invalid:
            return None

    def parse(self, at):
        cursor = Cursor(self.image[:self.limit], at)
        first = cursor.u8()
        if first & 0x80:
            return self.parse_encoded(at, cursor, first)
        if first == 0x2A:
            if self.same is None:
                raise Invalid("nothing to be the same as")
            length, lead = self.same
            content = lead + cursor.take(length - 1)
            hashed = b"\x2A" + encode_varint(length) + content
        elif first in (0x3C, 0x4D, 0x6B) or (first & 0xD0) == 0x50:
            length = cursor.varint()
            content = cursor.take(length)
            hashed = self.image[at:cursor.at]
        else:
            raise Invalid("no frame")
        kinds = {0x2A: "same", 0x3C: "data", 0x4D: "cursors", 0x6B: "schema"}
        kind = kinds.get(first, "head")
        if not self.verifies(at, hashed + self.next_behind(kind, content), cursor.take(4)):
            raise Invalid("crc")
        frame = Frame(kind, at, cursor.at - at)
        self.interpret(frame, first, content)
        return frame

    def parse_encoded(self, at, cursor, first):
        """Section 2: encoded frames. The count is proved by the sequence number behind it."""
        count = cursor.varint() if first & 0x40 else self.count
        length = first & 0x3F
        if length == 63 or self.codec is None or not 1 <= count <= 65535:
            raise Invalid("no frame")
        if length == 62:
            length = cursor.varint()
        content = cursor.take(length)
        hashed = self.image[at:cursor.at] + struct.pack("<Q", self.codec.next + count)
        if count > MOST_RECORDS_PER_BYTE * (length + 4):
            raise Invalid("more records than may be")
        if not self.verifies(at, hashed, cursor.take(4)):
            raise Invalid("crc")
        frame = Frame("encoded", at, cursor.at - at)
        self.decode(frame, count, content)
        return frame

    def decode(self, frame, count, content):
        frame.records = decode_frame(self.model, self.codec, count, content)
        self.codec.next += count
        self.count = count

    def interpret(self, frame, first, body):
        cursor = Cursor(body)
        if frame.kind == "head":
            self.read_prefix(frame, first, cursor)
            if first & 0x20:
                count = cursor.varint()
                self.decode(frame, count, body[cursor.at:])
                return
        elif self.codec is None:
            raise Invalid("the first frame of a block is a head")
        if frame.kind == "schema":
            flags = cursor.u8()
            frame.schema = (flags & 0x7F, flags >> 7 == 1, body[1:].decode("utf-8"))
            return
        if frame.kind == "cursors":
            frame.cursors = read_moved_cursors(cursor, self.codec.next, self.cursors)
            self.cursors = frame.cursors
            return
        content = body[cursor.at:]
        frame.records = self.codec.records(content)
        if content:
            self.same = (len(content), content[:1])

    def read_prefix(self, frame, first, cursor):
        frame.copy, frame.real = bool(first & 1), bool(first & 2)
        self.model = Model()
        frame.unordered, frame.clock = bool(first & 4), bool(first & 8)
        if frame.copy:
            frame.origin = (self.number - cursor.varint(), cursor.varint())
        self.codec = codec = Codec()
        codec.next = cursor.varint()
        codec.time, codec.step = cursor.zigzag(), cursor.zigzag()
        codec.tag, codec.length = cursor.u8(), cursor.varint()
        frame.cursors = self.cursors = read_cursors(cursor, codec.next)
        frame.tags = cursor.take(self.end // self.shape.block - 1)

    def padded(self, at):
        """The page boundary less than 32 bytes behind `at`, inside the block; or None."""
        boundary = (at // self.shape.page + 1) * self.shape.page
        return boundary if boundary - at < PAGE_PAD_BYTES and boundary < self.limit else None

    def next_frame(self, at):
        """(frame, marks before it) at `at`, behind marks, or behind padding."""
        unit = self.shape.unit
        frame = self.frame_at(at)
        if frame:
            return frame, []
        behind = at
        while behind < self.limit and (self.unit_is(behind, 0) or self.unit_is(behind + unit, 0)):
            behind += 2 * unit
            for place in (behind, self.padded(behind)):
                frame = place is not None and self.frame_at(place)
                if frame:
                    return frame, list(range(at, behind, unit))
        boundary = self.padded(at)
        if self.unit_is(at, 0xFF) and boundary is not None:
            return self.frame_at(boundary), []
        return None, []

    def walk(self):
        at = self.begin + self.shape.unit
        if not self.unit_is(self.begin, 0xFF):
            self.items.append(("touch", self.begin))
        while True:
            frame, marks = self.next_frame(at)
            if frame is None:
                break
            self.items += [("mark", mark) for mark in marks]
            self.items.append(frame)
            at = frame.offset + self.shape.up(frame.size)
        self.finish(at)
        return self

    def marks_behind(self, at):
        """Zero units from `at` on; none if more than two reach the block's end."""
        count = 0
        while self.unit_is(at + count * self.shape.unit, 0):
            count += 1
        return 0 if count > 2 and at + count * self.shape.unit >= self.end else count

    def finish(self, at):
        """What stands behind the last frame: marks, remains of torn programs."""
        end = at
        while self.unit_is(end, 0):
            self.items.append(("mark", end))
            end += self.shape.unit
        rest = self.image[end:self.end]
        if any(byte != 0xFF for byte in rest):
            self.torn.append((end, rest.rstrip(b"\xFF")))
        touched = not self.unit_is(self.begin, 0xFF)
        self.touched = touched or bool(self.torn) or bool(self.frames())
        self.ends_clean = bool(self.frames()) and self.marks_behind(at) % 2 == 1 and not self.torn

    def frames(self):
        return [item for item in self.items if isinstance(item, Frame)]


def encode_varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def decode_distance(number, code):
    """The newest bucket before `number` that may hold a class of tags."""
    if code == 0xFF:
        return None
    exponent, steps = code >> 4, code & 15
    return min(((((number - 1) >> exponent) - steps + 1) << exponent) - 1, number - 1)


HEADER_FIELDS = (
    ("magic", 0, "B"), ("version", 1, "B"), ("flags", 2, "H"), ("lap", 4, "I"),
    ("identity", 8, "Q"), ("first", 16, "Q"), ("bucket_bytes", 28, "I"), ("buckets", 32, "I"),
    ("page_bytes", 36, "I"), ("unit", 40, "B"), ("blocks", 41, "B"), ("erase_ahead", 42, "B"),
    ("just_before", 43, "B"), ("stepped_over", 44, "I"), ("tail_distance", 48, "I"),
    ("time", 52, "q"), ("ordered", 60, "I"), ("since_clock", 64, "I"),
    ("erases_repeated", 68, "I"), ("blocks_lost", 72, "H"), ("damaged", 74, "H"))


class Bucket:
    def __init__(self, shape, index, image):
        self.shape, self.index, self.image = shape, index, image
        self.mark_lap = self.read_mark()
        self.probe, self.complete, self.fields = self.read_header()
        self.number = self.fields["lap"] * shape.count + index if self.probe else None
        if self.complete:
            self.read_summaries()
        self.blocks = []
        if self.probe and self.complete:
            self.blocks = [BlockParser(shape, image, self.number, self.fields["identity"],
                                       begin, end).walk() for begin, end in shape.blocks()]

    def read_mark(self):
        mark = self.image[:MARK_BYTES]
        lap, crc = struct.unpack_from("<II", mark, 4)
        good = mark[:4] == b"\xC1\0\0\0" and crc == self.shape.check(self.index, mark[:8])
        return lap if good else None

    def read_header(self):
        raw = self.image[self.shape.header:self.shape.header + HEADER_BYTES]
        fields = {name: struct.unpack_from("<" + kind, raw, at)[0]
                  for name, at, kind in HEADER_FIELDS}
        probe = raw[0] == 0xB1 and struct.unpack_from("<I", raw, 24)[0] == self.shape.check(
            self.index, raw[:24])
        complete = probe and struct.unpack_from("<I", raw, 100)[0] == self.shape.check(
            self.index, raw[:100])
        return probe, complete, fields

    def read_summaries(self):
        """The tail as a number; where the classes of tags stand."""
        raw = self.image[self.shape.header:self.shape.header + HEADER_BYTES]
        self.fields["tail"] = self.number - self.fields.pop("tail_distance")
        before = [decode_distance(self.number, code) for code in raw[76:84]]
        self.fields["newest"] = ",".join("-" if n is None else str(n) for n in before)
        self.fields["block_tags"] = raw[84:84 + self.fields["blocks"]].hex()

    def note(self, at):
        return self.image[at:at + NOTE_BYTES]

    def frames(self):
        return [frame for block in self.blocks for frame in block.frames()]

    def void(self):
        zero_bits = sum(8 - bin(byte).count("1") for byte in self.note(self.shape.void_note))
        return zero_bits >= 8 and not self.overruled()

    def overruled(self):
        """The bucket has gone on: a frame in a block >= 1, or a second one in block 0."""
        return any(block.frames() for block in self.blocks[1:]) or len(self.blocks[0].frames()) > 1

    def reserve(self):
        return self.probe and self.fields["flags"] & 1 == 1

    def counts(self):
        return self.probe and not self.reserve() and not self.void() and self.frames()
