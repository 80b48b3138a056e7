#!/usr/bin/env python3
"""uncovered.py COVERAGE.json ROOT: the branches that never went one of their ways.

Of a report by gcovr; a line each: file, line, how many of its branches ran, text.
"""
import json
import pathlib
import sys


def main() -> None:
    report = json.loads(pathlib.Path(sys.argv[1]).read_text())
    print("\nNever taken:")
    for file in report["files"]:
        name = file["file"]
        text = (pathlib.Path(sys.argv[2]) / name).read_text().splitlines()
        for line in file["lines"]:
            branches = [b["count"] > 0 for b in line["branches"] if not b["throw"]]
            if all(branches) and line["count"] > 0:
                continue
            number = line["line_number"]
            print(f"{name}:{number}: {sum(branches)}/{len(branches)}: {text[number - 1].strip()}")


main()
