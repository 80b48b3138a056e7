"""What docs/SCHEMA.md says: a payload's values by the text of its schema.

Written from the document alone; see decode_norlog.py.
"""

import re
import struct

from norlog_format import Cursor, Invalid

NAME = r"[A-Za-z_][A-Za-z0-9_]*"
FIELD = re.compile(rf"(?P<count>\d+)?(?P<code>[?bBhHiIlLqQfdcsSYTD])"
                   rf"(?::(?P<name>{NAME})(?:\|{NAME})*)?"
                   r"(?:\{(?P<values>[^}]+)\})?(?:\[(?P<unit>[^\]]+)\])?"
                   r"(?P<scale>[/*]10+)?(?P<space> *)")


def fields(text):
    """Dictionaries with count, code, name, values, unit, scale."""
    text = re.sub(rf"^(?:{NAME}=)?[<=]? *", "", text)
    found, at = [], 0
    while at < len(text):
        match = FIELD.match(text, at)
        if not match:
            raise Invalid("schema")
        field = match.groupdict()
        bare = not any(field[key] for key in ("name", "values", "unit", "scale"))
        at = match.end()
        if not bare and at < len(text) and not field["space"]:
            raise Invalid("schema: a space is missing")
        count = int(field["count"] or 1)
        field["array"] = field["code"] == "s" or bool(field["count"] and field["name"])
        repeats = 1 if field["array"] else count
        field["count"] = count if field["array"] else 1
        found += [dict(field) for _ in range(repeats)]
    return found


def is_time(field):
    if field["array"] or field["scale"] or field["values"]:
        return False
    return field["code"] == "T" or (field["code"] in "qQ" and field["name"] in (None, "time"))


def named_values(text):
    names, value = {}, -1
    for item in text.split(","):
        name, _, number = item.partition("=")
        value = int(number) if number else value + 1
        names[value] = name
    return names


def read(field, cursor):
    code = field["code"].replace("T", "q").replace("D", "q")
    if code in "SY":
        data = cursor.take(cursor.varint())
        return printable(data) if code == "S" else data.hex()
    if code in "sc":
        return printable(cursor.take(field["count"]).split(b"\0")[0])
    code = code.replace("l", "i").replace("L", "I")
    size = struct.calcsize("<" + code)
    numbers = [struct.unpack("<" + code, cursor.take(size))[0] for _ in range(field["count"])]
    if field["values"]:
        names = named_values(field["values"])
        numbers = [names.get(number, number) for number in numbers]
    return numbers if field["array"] else numbers[0]


def printable(data):
    """Text on one line: what does not print is escaped."""
    return data.decode("utf-8").encode("unicode_escape").decode("ascii")


def values(schema, time, payload):
    """{name or place: value as stored}; the whole payload must be used up."""
    cursor, found = Cursor(payload), {}
    for i, field in enumerate(fields(schema)):
        name = field["name"] or str(i)
        if i == 0 and is_time(field):
            found[name] = time % (1 << 64) if field["code"] == "Q" else time
        else:
            found[name] = read(field, cursor)
    if cursor.at != len(payload):
        raise Invalid("bytes behind the last field")
    return found
