#!/usr/bin/env python3
"""What the engine takes of a host's processor: instructions (callgrind), and time
beside a memcpy of the same bytes in the same run.

usage: host.py PROGRAM [--json FILE]    PROGRAM is norlog-host-speed
"""
import argparse
import json
import re
import subprocess
import sys

FEW, MANY = 2000, 4000
# name, what one iteration is, goal in instructions
BENCHMARKS = [("Append", "append by 16", 250), ("ReadRecord", "read a record", None),
              ("Mount16MiB", "mount 16 MiB", 60_000), ("CopyRecord", "memcpy of 16 B", None)]


def instructions(program, name, iterations):
    """All that a run of one benchmark executes."""
    run = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program,
         f"--benchmark_filter=^{name}/iterations:{iterations}$"],
        capture_output=True, text=True, check=False)
    found = re.search(r"Collected : (\d+)", run.stderr)
    if run.returncode != 0 or not found:
        sys.exit(f"callgrind failed on {name}:\n{run.stderr}")
    return int(found.group(1))


def nanoseconds(program):
    """Host time of an iteration, by benchmark: the least of five runs."""
    run = subprocess.run(
        [program, "--benchmark_format=json", "--benchmark_repetitions=5",
         f"--benchmark_filter=/iterations:{MANY}"], capture_output=True, text=True, check=True)
    times = {}
    for row in json.loads(run.stdout)["benchmarks"]:
        if row["run_type"] == "iteration":
            name = row["name"].split("/")[0]
            times[name] = min(times.get(name, row["cpu_time"]), row["cpu_time"])
    return times


def row(name, value, unit, goal=None):
    return {"name": name, "value": value, "unit": unit, "goal": goal,
            "met": None if goal is None else value <= goal}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("--json", help="write the rows to this file")
    arguments = parser.parse_args()
    rows = []
    for name, what, goal in BENCHMARKS:
        many, few = (instructions(arguments.program, name, n) for n in (MANY, FEW))
        rows.append(row(f"host/{what}", (many - few) / (MANY - FEW), "instructions", goal))
    times = nanoseconds(arguments.program)
    for name, what, _ in BENCHMARKS[:2]:
        rows.append(row(f"host/{what}, time beside memcpy", times[name] / times["CopyRecord"], "x"))
    for r in rows:
        goal = "" if r["goal"] is None else f"  goal {r['goal']:,}  {'met' if r['met'] else 'MISSED'}"
        print(f"{r['name']:<40}{r['value']:>12,.1f} {r['unit']}{goal}")
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump({"rows": rows}, file, indent=1)


if __name__ == "__main__":
    main()
