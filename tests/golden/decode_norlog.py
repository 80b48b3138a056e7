#!/usr/bin/env python3
"""Decodes a raw image of a norlog partition, from docs/FORMAT.md alone.

An independent reader: it shares no code with the engine, so an engine and a
document that drift apart are found by the golden test. Standard library only.

  decode_norlog.py image.bin --bucket 1024 --block 256 --page 256 --unit 1
  ... --check expected.txt     compares instead of printing; exit 1 if different
  ... --json                   one JSON object a line

Prints what stands in each bucket, then the log: the records of all buckets
from the tail to the head, dead frames (section 4) left out. It judges the
image as it stands and repairs nothing. The reserve of section 5 is printed,
but is not followed: it matters only between two cuts.
"""

import argparse
import json
import sys

sys.dont_write_bytecode = True  # nothing but goldens belongs into this folder

# pylint: disable=wrong-import-position
from norlog_format import NOTE_BYTES, Bucket, Frame, Invalid, Shape  # noqa: E402
from norlog_schema import values  # noqa: E402


class Log:
    """Section 4: the head, V, the tail, and which frames are dead."""

    def __init__(self, buckets):
        self.buckets = buckets
        candidates = [b for b in buckets if b.counts()]
        if not candidates:
            raise Invalid("no bucket holds a frame")
        head = max(candidates, key=lambda b: b.number)
        self.head, self.identity = head, head.fields["identity"]
        self.last = max(head.frames(), key=lambda f: f.offset)  # V
        self.open = any(self.is_real(f) for f in head.frames())
        self.tail = head.fields["tail"]
        if not self.open:
            before = max((b for b in candidates if b.number < head.number),
                         key=lambda b: b.number, default=head)
            self.tail = before.fields["tail"] + head.fields["just_before"]
        self.living = sorted((b for b in candidates if self.tail <= b.number and
                              b.fields["identity"] == self.identity), key=lambda b: b.number)
        self.mark_dead()

    @staticmethod
    def is_real(frame):
        return not frame.copy or frame.real

    def places(self):
        return [(bucket.number, frame.offset, frame) for bucket in self.living
                for frame in bucket.frames()]

    def mark_dead(self):
        """Newest copies first: the claim of a dead copy counts for nothing."""
        places = self.places()
        for number, offset, frame in reversed(places):
            if frame.copy and not frame.dead:
                for other_number, other_offset, other in places:
                    if frame.origin <= (other_number, other_offset) < (number, offset):
                        other.dead = True

    def clean(self):
        """The newest touched block of V's bucket ends clean, no opening behind it."""
        touched = [block for block in self.head.blocks if block.touched]
        behind = self.buckets[(self.head.index + 1) % len(self.buckets)]
        coming = (self.head.number + 1) // len(self.buckets)
        note = behind.note(behind.shape.open_note)
        opening = (behind.mark_lap == coming and note != b"\xFF" * NOTE_BYTES and
                   not behind.reserve())
        return touched[-1].ends_clean and not opening

    def records(self):
        return [r for _, _, frame in self.places() if not frame.dead for r in frame.records]

    def schema_of(self, number, offset, frame, tag):
        """Section 2, Schema frame: the text for records of `tag` in a frame, or None."""
        schemas = [(n, o, f.schema) for n, o, f in self.places()
                   if f.schema and not f.dead and f.schema[0] == tag]
        own = [(o, s) for n, o, s in schemas if n == number]
        before = [s[2] for o, s in own if o < offset]
        if before:
            return before[-1]
        if not frame.copy or frame.origin[0] == number:
            return None
        behind = [s[2] for o, s in own if o > offset and s[1]]
        origin = [s[2] for n, o, s in schemas if n == frame.origin[0] and o < frame.origin[1]]
        return behind[0] if behind else origin[-1] if origin else None

    def explained(self):
        """(record, text of its schema or None)"""
        return [(record, self.schema_of(number, offset, frame, record["tag"]))
                for number, offset, frame in self.places() if not frame.dead
                for record in frame.records]

    def cursors(self):
        return [f.cursors for _, _, f in self.places() if not f.dead and f.cursors is not None][-1]


def text(kind, fields):
    return kind + "".join(f" {name}={value}" for name, value in fields.items())


def describe_bucket(bucket):
    shape = bucket.shape
    yield "bucket", {"index": bucket.index,
                     "number": "none" if bucket.number is None else bucket.number,
                     "mark_lap": "none" if bucket.mark_lap is None else bucket.mark_lap,
                     "open_note": bucket.note(shape.open_note).hex(),
                     "void_note": bucket.note(shape.void_note).hex(),
                     "void": bucket.void()}
    if not bucket.probe:
        return
    if not bucket.complete:
        yield "  torn_header", {"lap": bucket.fields["lap"]}
        return
    fields = dict(bucket.fields)
    for name in ("magic", "identity"):
        fields[name] = f"{fields[name]:x}"
    yield "  header", fields
    for block in bucket.blocks:
        yield from describe_block(block)


def describe_block(block):
    for item in block.items:
        if not isinstance(item, Frame):
            yield "  " + item[0], {"offset": item[1]}
            continue
        fields = {"offset": item.offset, "bytes": item.size, "dead": item.dead}
        if item.kind == "head":
            fields.update(copy=item.copy, real=item.real, unordered=item.unordered,
                          clock=item.clock, tags=item.tags.hex())
        if item.origin:
            fields["from"] = "{}+{}".format(*item.origin)
        if item.cursors is not None:
            fields["cursors"] = show_cursors(item.cursors)
        if item.schema is not None:
            fields.update(tag=item.schema[0], also_before=item.schema[1], text=item.schema[2])
        if item.records:
            fields["records"] = "{}..{}".format(item.records[0]["sequence"],
                                                item.records[-1]["sequence"])
        yield "  " + item.kind, fields
    for offset, data in block.torn:
        yield "  torn", {"offset": offset, "bytes": data.hex()}


def show_cursors(cursors):
    return ",".join(f"{reader}:{cursor}" for reader, cursor in cursors.items()) or "none"


def describe_log(log):
    yield "log", {"identity": f"{log.identity:x}", "tail": log.tail, "head": log.head.number,
                  "open": log.open, "clean": log.clean(),
                  "last": f"{log.head.number}+{log.last.offset}",
                  "cursors": show_cursors(log.cursors())}
    expected = None
    for record, schema in log.explained():
        if expected is not None and record["sequence"] != expected:
            yield "gap", {"first": expected, "last": record["sequence"] - 1}
        yield "record", record
        if schema is not None:
            yield "  values", values(schema, record["time"], bytes.fromhex(record["payload"]))
        expected = record["sequence"] + 1


def describe(shape, image):
    buckets = [Bucket(shape, i, image[i * shape.bucket:(i + 1) * shape.bucket])
               for i in range(shape.count)]
    try:
        log = Log(buckets)
    except Invalid as reason:
        log = None
        yield "no_log", {"reason": str(reason).replace(" ", "_")}
    for bucket in buckets:
        yield from describe_bucket(bucket)
    if log:
        yield from describe_log(log)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("image")
    for name in ("bucket", "block", "page", "unit"):
        parser.add_argument("--" + name, type=int, required=True, help="bytes")
    parser.add_argument("--json", action="store_true", help="one object a line")
    parser.add_argument("--check", metavar="FILE", help="compare with what FILE says")
    args = parser.parse_args()
    with open(args.image, "rb") as file:
        image = file.read()
    lines = []
    for kind, fields in describe(Shape(args, len(image)), image):
        lines.append(json.dumps({"kind": kind.strip(), **fields}) if args.json
                     else text(kind, fields))
    if not args.check:
        print("\n".join(lines))
        return 0
    with open(args.check, encoding="ascii") as file:
        expected = file.read().splitlines()
    lines = "\n".join(lines).splitlines()  # a payload may hold line ends
    for i, pair in enumerate(zip(lines + [""] * len(expected), expected + [""] * len(lines))):
        if pair[0] != pair[1]:
            print(f"{args.check}:{i + 1}: expected\n{pair[1]}\nbut the image says\n{pair[0]}")
            return 1
    print(f"{args.image}: as {args.check} says, {len(lines)} lines")
    return 0


if __name__ == "__main__":
    sys.exit(main())
