#!/usr/bin/env python3
"""Rows of the weather series as the initialisers of firmware/main.cc's kRows.

make_records.py CSV COUNT > records.inc
"""
import csv
import sys


def rows(path, count):
    with open(path, newline="", encoding="ascii") as file:
        for number, row in enumerate(csv.DictReader(file)):
            if number == count:
                return
            yield (int(row["time_s"]), int(row["temp_decidegf"]),
                   int(row["pressure_decihpa"]), int(row["wind"]))


if __name__ == "__main__":
    for time, *values in rows(sys.argv[1], int(sys.argv[2])):
        print("{%d, {%d, %d, %d}}," % (time, *values))
