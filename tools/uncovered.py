#!/usr/bin/env python3
"""uncovered.py COVERAGE.json ROOT: the branches that never went one of their ways.

Of a report by gcovr; a line each: file, line, how many of its branches ran, text.
"""
import json
import pathlib
import sys


def main() -> None:
    report = json.loads(pathlib.Path(sys.argv[1]).read_text())
    for file in report["files"]:
        name = file["file"]
        text = (pathlib.Path(sys.argv[2]) / name).read_text().splitlines()
        ways = [b["count"] > 0 for line in file["lines"] for b in line["branches"]]
        print(f"\n{name}: {sum(ways)} of {len(ways)} branches ran; not all of:")
        for line in file["lines"]:
            if line.get("gcovr/noncode"):
                continue
            branches = [b["count"] > 0 for b in line["branches"] if not b["throw"]]
            if all(branches) and line["count"] > 0:
                continue
            number = line["line_number"]
            print(f"{name}:{number}: {sum(branches)}/{len(branches)}: {text[number - 1].strip()}")


main()
