#!/usr/bin/env python3
"""Code, data and stack of the engine on microcontrollers, per feature.

Builds the engine and ports/size/features.cc with -Os for each CPU, links each
feature with --gc-sections, and subtracts the link without any. The stack is that
of the longest chain of calls below each function of the interface, from GCC's
call graph; the flash HAL's own stack, and that of libgcc's helpers (64-bit
division on a Cortex-M0+: 40 bytes or so), come on top.
"""
import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMON = ["-std=c++20", "-Os", "-DNDEBUG", "-ffunction-sections", "-fdata-sections",
          "-ffreestanding", "-fbuiltin", "-fno-exceptions", "-fno-rtti",
          "-fno-threadsafe-statics", "-fcallgraph-info=su", f"-I{ROOT / 'engine'}"]
# Debian has no libstdc++ for RISC-V; of the Arm one only headers are used, and
# those that a freestanding program may use are the same.
ARM_HEADERS = Path("/usr/include/newlib/c++")
CPUS = {
    "m0plus": ("arm-none-eabi-", ["-mcpu=cortex-m0plus", "-mthumb"]),
    "m4": ("arm-none-eabi-", ["-mcpu=cortex-m4", "-mthumb"]),
    "rv32": ("riscv64-unknown-elf-", ["-march=rv32imac", "-mabi=ilp32",
                                      "--specs=picolibc.specs"]),
}
FEATURES = {
    "append": "mount, append, commit",
    "raw": "mount, append, commit, one reader",
    "read_only": "mount read-only, one reader",
    "encoded": "as raw, compact frames",
    "all": "everything",
    "c": "everything, through norlog.h",
    "port_test": "conformance kit (apart)",
}
# Of the Cortex-M0+ (issue 6).
TEXT_GOALS = {"raw": 8192, "all": 20480}
STACK_GOAL = 768
RAM_GOAL = 512


def run(command):
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{result.stderr}")
    return result.stdout


def arm_headers():
    versions = sorted(ARM_HEADERS.glob("[0-9]*"))
    if not versions:
        sys.exit("libstdc++-arm-none-eabi-dev is missing")
    return ["-isystem", str(versions[-1]), "-isystem", str(versions[-1] / "arm-none-eabi")]


class Build:
    """The engine for one CPU."""

    def __init__(self, cpu, folder, jobs):
        self.prefix, self.flags = CPUS[cpu]
        self.folder = folder / cpu
        self.jobs = jobs
        self.flags = self.flags + (arm_headers() if cpu == "rv32" else [])
        self.folder.mkdir(parents=True, exist_ok=True)

    def compile(self, source, name, *more):
        output = self.folder / f"{name}.o"
        run([f"{self.prefix}g++", *self.flags, *COMMON, *more, "-c", str(source), "-o",
             str(output)])
        return output

    def engine(self):
        for old in self.folder.glob("*.ci"):
            old.unlink()
        sources = sorted((ROOT / "engine/norlog").rglob("*.cc"))
        names = ["engine_" + source.stem for source in sources]
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            self.objects = list(pool.map(self.compile, sources, names))
        return self

    def sizes(self, feature):
        """text (with read-only data), data, bss of a link."""
        macro = [f"-DFEATURE_{feature.upper()}"] if feature else []
        main = self.compile(ROOT / "ports/size/features.cc", f"main_{feature or 'none'}", *macro)
        elf = self.folder / f"{feature or 'none'}.elf"
        run([f"{self.prefix}g++", *self.flags, "-nostdlib", "-nostartfiles", "-Wl,--gc-sections",
             "-Wl,--entry=FirmwareMain", "-Wl,--no-warn-rwx-segments", str(main),
             *map(str, self.objects), "-lgcc", "-o", str(elf)])
        numbers = run([f"{self.prefix}size", str(elf)]).splitlines()[1].split()
        return [int(number) for number in numbers[:3]]

    def object_bytes(self, types):
        """sizeof of each type, from the symbols of a small object."""
        source = self.folder / "types.cc"
        source.write_text('#include "norlog/log.h"\n' + "".join(
            f"char object_{i}[sizeof({name})];\n" for i, name in enumerate(types)))
        symbols = run([f"{self.prefix}nm", "-S", str(self.compile(source, "types"))])
        found = re.findall(r"^\S+ (\S+) \w object_(\d+)$", symbols, re.M)
        sizes = {index: int(size, 16) for size, index in found}
        return [sizes[str(i)] for i in range(len(types))]


def demangled(title):
    return run(["c++filt", title.rsplit(":", 1)[-1].split(".", 1)[0]]).strip()


class CallGraph:
    """Frames and calls from GCC's .ci files."""

    NODE = re.compile(r'^node: \{ title: "([^"]*)" label: "([^"]*)"')
    EDGE = re.compile(r'^edge: \{ sourcename: "([^"]*)" targetname: "([^"]*)"')
    FRAME = re.compile(r"(\d+) bytes \((\w+)")

    def __init__(self, folder):
        self.frames = {}
        self.names = {}
        self.calls = {}
        for path in sorted(folder.glob("engine_*.ci")):
            self.read(path)
        self.known = {}

    def read(self, path):
        for line in path.read_text(encoding="utf-8").splitlines():
            if node := self.NODE.match(line):
                title, label = node.groups()
                frame = self.FRAME.search(label)
                if frame:
                    self.frames[title] = max(self.frames.get(title, 0), int(frame[1]))
                    # What the optimiser split off or specialised says only so.
                    name = label.split("\\n")[0]
                    self.names[title] = demangled(title) if name.startswith("constprop") else name
            elif edge := self.EDGE.match(line):
                self.calls.setdefault(edge[1], set()).add(edge[2])

    def chain(self, function, above=()):
        """(bytes, functions) of the deepest chain of calls that begins here."""
        if function in above:
            raise RecursionError(" -> ".join((*above, function)))
        if function not in self.known:
            below = max((self.chain(callee, (*above, function))
                         for callee in self.calls.get(function, ())), default=(0, ()))
            self.known[function] = (below[0] + self.frames.get(function, 0),
                                    (function, *below[1]))
        return self.known[function]

    def entries(self, scope, excluded=()):
        """Functions of the class `scope` ("norlog::Log::") and their chains."""
        pattern = re.compile(r"(^|\s|\*|&)" + re.escape(scope) + r"~?\w+\(")
        for title, name in self.names.items():
            if pattern.search(name) and not any(word in name for word in excluded):
                yield self.chain(title), name


def row(name, value, unit, goal=None):
    return {"name": name, "value": value, "unit": unit, "goal": goal,
            "met": None if goal is None else value <= goal}


def short(name):
    """norlog::Status norlog::Log::Mount(norlog::Hint) -> Log::Mount"""
    words = name.split("(norlog::", 1)[0].replace("{anonymous}::", "").split("(", 1)[0].split()
    return words[-1].removeprefix("norlog::") if words else name


def measure(cpu, build):
    goals = cpu == "m0plus"
    base = build.sizes("")
    rows = []
    for feature in FEATURES:
        text, data, bss = (size - none for size, none in zip(build.sizes(feature), base))
        goal = TEXT_GOALS.get(feature) if goals else None
        rows.append(row(f"{cpu}/{feature}/text", text, "B", goal))
        rows.append(row(f"{cpu}/{feature}/data", data, "B"))
        rows.append(row(f"{cpu}/{feature}/bss", bss, "B"))
    log, reader = build.object_bytes(["norlog::Log", "norlog::Reader"])
    rows.append(row(f"{cpu}/ram/log_beside_its_block", log, "B", RAM_GOAL if goals else None))
    rows.append(row(f"{cpu}/ram/reader_beside_its_block", reader, "B"))
    graph = CallGraph(build.folder)
    chains = {}
    for scope in ("norlog::Log::", "norlog::Reader::"):
        for (size, functions), name in graph.entries(scope):
            key = short(name)
            if size > chains.get(key, (0, ()))[0]:
                chains[key] = (size, functions)
    for key, (size, _) in sorted(chains.items(), key=lambda item: -item[1][0])[:8]:
        rows.append(row(f"{cpu}/stack/{key}", size, "B", STACK_GOAL if goals else None))
    worst = max(chains.values())
    return rows, [(graph.frames.get(f, 0), short(graph.names.get(f, f))) for f in worst[1]]


def show(rows):
    print(f"{'':44} {'bytes':>8} {'goal':>8}")
    for entry in rows:
        if entry["value"] == 0 and entry["goal"] is None:
            continue
        met = {None: "", True: "met", False: "NOT met"}[entry["met"]]
        goal = "" if entry["goal"] is None else f"{entry['goal']:,}"
        print(f"{entry['name']:44} {entry['value']:8,} {goal:>8} {met}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--cpu", choices=CPUS, action="append", help="default: all")
    parser.add_argument("--build", type=Path, default=ROOT / "build/size")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    rows = []
    for cpu in arguments.cpu or CPUS:
        measured, worst = measure(cpu, Build(cpu, arguments.build, arguments.jobs).engine())
        rows += measured
        if cpu == "m0plus":
            deepest = worst
    show(rows)
    print("\nFeatures: " + "; ".join(f"{name}: {what}" for name, what in FEATURES.items()))
    if "m0plus" in (arguments.cpu or CPUS):
        print("\nThe deepest chain of calls on a Cortex-M0+, bytes:")
        for frame, name in deepest:
            print(f"{frame:6}  {name}")
    if arguments.json:
        Path(arguments.json).write_text(json.dumps({"rows": rows}, indent=1) + "\n",
                                        encoding="utf-8")


if __name__ == "__main__":
    main()
