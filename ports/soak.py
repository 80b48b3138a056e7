#!/usr/bin/env python3
"""Runs the soak firmware of each board under QEMU, and cuts its power.

First the conformance kit, then kills: the firmware appends records and
acknowledges each on its console; the machine is stopped dead; a new one starts
on what the flash holds, and every record that was acknowledged must be there.

Some kills come at random moments. At least half are aimed: the firmware is told
to stop at the n-th moment of a kind, inside a driver's operation (writing
enabled; operation started, chip not yet ready) or between the operations that
open a bucket (mark, open note, header, touch, first frame), during appends or
during the recovery of the kill before. QEMU carries out an operation at once
and whole, so nothing is torn: that is the simulator's business.

QEMU is a second oracle: what it says of guest errors, unimplemented accesses
and programs that want ones over zeros is counted, from the moment the CPU runs.
"""
import argparse
import concurrent.futures
import csv
import dataclasses
import json
import os
import random
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROWS = 1000
SILENCE_S = 60  # no line for so long: the machine hangs

MOMENTS = {1: "write enabled", 2: "started", 3: "mark", 4: "open note", 5: "header", 6: "touch"}
OPENING = (3, 4, 5, 6)


@dataclasses.dataclass(frozen=True)
class Board:
    name: str
    machine: tuple
    image_bytes: int
    icount_shift: int  # one instruction takes 2^shift ns of the machine's time
    drive: str  # option of the flash image's drive; "": the flash is the machine's memory
    flash_address: int = 0  # of such a flash: the part that is kept
    stop_first: bool = False  # QEMU writes the image lazily: QMP stop before the kill
    deliberate_zero_to_one: int = 0  # how many the conformance kit provokes
    most_operations: int = 60  # moments 1 and 2 are aimed at within so many


BOARDS = {
    board.name: board
    for board in (
        Board("ast1030-evb", ("ast1030-evb,fmc-model=w25q80bl",), 1 << 20, 0, "if=mtd",
              stop_first=True, deliberate_zero_to_one=1),
        Board("microbit", ("microbit",), 32 << 10, 4, "", flash_address=192 << 10,
              stop_first=True, most_operations=200),
        Board("xilinx-zynq-a9", ("xilinx-zynq-a9",), 64 << 20, 8, "if=pflash",
              most_operations=600),
    )
}


class Failure(Exception):
    """What must not happen; ends the board's run."""


class Machine:
    """One life of a QEMU machine."""

    def __init__(self, board, folder):
        self.board = board
        self.folder = folder
        self.log_path = folder / "qemu.log"
        self.log_path.unlink(missing_ok=True)
        qmp_path = folder / "qmp"
        qmp_path.unlink(missing_ok=True)
        image = folder / "flash.bin"
        command = [
            "qemu-system-arm", "-M", *board.machine, "-nodefaults", "-display", "none", "-S",
            "-serial", "stdio", "-qmp", f"unix:{qmp_path},server=on,wait=off",
            "-icount", f"shift={board.icount_shift}",
            "-d", "guest_errors,unimp", "-D", str(self.log_path),
            "-trace", "m25p80_programming_zero_to_one",
            "-kernel", str(ROOT / "build" / board.name / "ports/firmware/firmware"),
        ]
        if board.drive:
            command += ["-drive", f"{board.drive},format=raw,file={image}"]
        else:
            command += ["-device",
                        f"loader,file={image},addr={board.flash_address:#x},force-raw=on"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, bufsize=0)
        self.buffer = b""
        self.ended = False
        self.qmp = self.connect(qmp_path)
        self.log_at_start = self.log_lines()  # of QEMU's own reset
        self.ask_qmp("cont")

    def connect(self, path):
        deadline = time.monotonic() + SILENCE_S
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                connection = socket.socket(socket.AF_UNIX)
                connection.connect(str(path))
                file = connection.makefile("rw")
                file.readline()  # greeting
                self.qmp = file
                self.ask_qmp("qmp_capabilities")
                return file
            except (FileNotFoundError, ConnectionRefusedError):
                time.sleep(0.01)
        self.process.kill()
        raise Failure("QEMU does not start")

    def ask_qmp(self, command, **arguments):
        self.qmp.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.qmp.flush()
        while True:
            line = self.qmp.readline()
            if not line:
                raise Failure(f"QEMU ended during {command}")
            answer = json.loads(line)
            if "error" in answer:
                raise Failure(f"{command}: {answer['error']['desc']}")
            if "return" in answer:
                return

    def log_lines(self):
        try:
            return self.log_path.read_text(errors="replace").splitlines()
        except FileNotFoundError:
            return []

    def guest_errors(self):
        return self.log_lines()[len(self.log_at_start):]

    def send(self, line):
        self.process.stdin.write(line.encode() + b"\n")

    def line(self, timeout_s=SILENCE_S):
        """The next line of the console; None after timeout_s or at its end."""
        deadline = time.monotonic() + timeout_s
        while b"\n" not in self.buffer:
            left = deadline - time.monotonic()
            if self.ended or left < 0 or not select.select([self.process.stdout], [], [], left)[0]:
                return None
            data = os.read(self.process.stdout.fileno(), 65536)
            self.ended = not data
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.decode(errors="replace")

    def lines_until(self, *ends):
        """Lines as lists of words, up to and with the first that begins with one of `ends`."""
        while True:
            line = self.line()
            if line is None:
                raise Failure(f"no answer, waiting for {' or '.join(ends)}")
            words = line.split(" ")
            yield words
            if words[0] in ends:
                return

    def cut(self):
        """The power fails. Returns the console lines that were still under way."""
        if self.board.stop_first:
            self.ask_qmp("stop")
        if not self.board.drive:
            self.ask_qmp("memsave", val=self.board.flash_address, size=self.board.image_bytes,
                         filename=str(self.folder / "flash.bin"))
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        rest = []
        while (line := self.line(1)) is not None:
            rest.append(line.split(" "))
        return rest


def series():
    with open(ROOT / "tests/data/weather_sea.csv", newline="", encoding="ascii") as file:
        rows = [row for row, _ in zip(csv.DictReader(file), range(ROWS))]
    times = [int(row["time_s"]) for row in rows]
    span = times[-1] - times[0] + 3600
    payloads = [
        b"".join(int(row[key]).to_bytes(2, "little", signed=True)
                 for key in ("temp_decidegf", "pressure_decihpa", "wind")).hex() for row in rows
    ]

    def record(sequence):
        lap, row = divmod(sequence - 1, ROWS)
        return ["1", str(times[row] + lap * span), payloads[row]]

    return record


class Soak:
    """All lives of one board."""

    def __init__(self, board, kills, seed):
        self.board = board
        self.kills = kills
        self.random = random.Random(f"{seed}/{board.name}")
        self.folder = Path(tempfile.mkdtemp(prefix=f"norlog-{board.name}-"))
        self.record = series()
        self.acked = 0
        self.head_from = []  # (sequence, bucket): later records stand in that bucket or behind it
        self.guest_errors = []
        self.moments = {}
        self.missed = False  # the last aim: its moment did not come in time
        self.boots = []  # instructions of each mount, behind a kill
        self.result = {"name": board.name, "conformance": False, "faults": [], "kills": 0,
                       "aimed": 0, "aimed_in_recovery": 0, "acked": 0, "lost": 0,
                       "guest_errors": 0}

    def run(self):
        try:
            with open(self.folder / "flash.bin", "wb") as image:
                for _ in range(0, self.board.image_bytes, 1 << 15):
                    image.write(b"\xff" * (1 << 15))
            self.test_port()
            machine = self.first_life()
            while self.result["kills"] < self.kills or (
                    not self.enough_aimed() and self.result["kills"] < 2 * self.kills):
                machine = self.kill_and_restart(machine)
            self.last_life(machine)
        except Failure as failure:
            self.result["failure"] = str(failure)
        finally:
            self.finish()
        return self.result

    def enough_aimed(self):
        return 2 * self.result["aimed"] >= self.result["kills"]

    def finish(self):
        self.result["acked"] = self.acked
        self.result["guest_errors"] = len(self.guest_errors)
        self.result["guest_error_lines"] = self.guest_errors[:20]
        self.result["aimed_at"] = {MOMENTS[key]: self.moments[key] for key in sorted(self.moments)}
        if self.boots:
            boots = sorted(self.boots)
            self.result["boot_instructions_after_kill"] = {
                "median": boots[len(boots) // 2], "largest": boots[-1]}
        if "failure" in self.result:
            self.result["kept"] = str(self.folder)
        else:
            shutil.rmtree(self.folder)

    def start(self):
        machine = Machine(self.board, self.folder)
        *_, hello = machine.lines_until("hello")
        if hello != ["hello", self.board.name, "kOk"]:
            raise Failure(f"unexpected: {hello}")
        return machine

    def leave(self, machine):
        rest = machine.cut()
        self.guest_errors += machine.guest_errors()
        return rest

    def test_port(self):
        machine = self.start()
        machine.send("t")
        for words in machine.lines_until("times_us"):
            if words[0] == "fault":
                self.result["faults"].append(" ".join(words[1:]))
            if words[0] == "tested":
                self.result["conformance"] = words[1] == "0" and words[2:4] == ["1", "1"]
            if words[0] in ("geometry", "times_us"):
                self.result[words[0]] = [int(word) for word in words[1:]]
        machine.cut()
        errors = machine.guest_errors()
        deliberate = [line for line in errors if "zero_to_one" in line or "zero to one" in line]
        self.guest_errors += [line for line in errors if line not in deliberate]
        if len(deliberate) != self.board.deliberate_zero_to_one:
            raise Failure(f"the kit wants ones over zeros {self.board.deliberate_zero_to_one} "
                          f"times, QEMU saw {len(deliberate)}")
        if not self.result["conformance"]:
            raise Failure("the conformance kit found faults")

    def first_life(self):
        machine = self.start()
        machine.send("f 81985529216486895")
        *_, status = machine.lines_until("status")
        if status != ["status", "kOk"]:
            raise Failure(f"format: {status}")
        return machine

    def take(self, words):
        """A line of an append."""
        if words[0] == "ack" and len(words) == 2 and words[1].isdigit():
            if int(words[1]) != self.acked + 1:
                raise Failure(f"acknowledged {words[1]} behind {self.acked}")
            self.acked = int(words[1])
        elif words[0] == "head" and len(words) == 3:
            self.head_from.append((int(words[1]), int(words[2])))
        elif words[0] == "status":
            raise Failure(f"append: {words}")

    def append_until(self, machine, end_s):
        """Takes acknowledgements until the firmware stops where it was told to (True) or time is up."""
        deadline = time.monotonic() + end_s
        last = time.monotonic()
        while time.monotonic() < deadline:
            line = machine.line(max(0.0, min(0.05, deadline - time.monotonic())))
            if line is None:
                if time.monotonic() - last > SILENCE_S:
                    raise Failure("silent during appends")
                continue
            last = time.monotonic()
            if line == "aimed":
                return True
            self.take(line.split(" "))
        return False

    def aim(self, machine):
        in_opening = self.random.random() < 0.5 and not self.missed
        moment = self.random.choice(OPENING if in_opening else (1, 2))
        nth = 1 if in_opening else self.random.randint(1, self.board.most_operations)
        machine.send(f"k {nth} {moment}")
        return moment

    def kill_and_restart(self, machine):
        """Appends, is killed, restarts, is judged; sometimes it is killed again while it recovers."""
        wants_aim = not self.enough_aimed() or self.random.random() < 0.5
        moment = self.aim(machine) if wants_aim else 0
        machine.send("a 1000000")
        hit = self.append_until(machine, 10 if wants_aim else self.random.uniform(0.005, 0.3))
        self.missed = wants_aim and not hit
        self.count_kill(machine, moment if hit else 0)
        machine = self.start()
        while self.result["kills"] < self.kills and self.random.random() < 0.25:
            moment, answer = self.aim_at_recovery(machine)
            if answer != "aimed":
                return self.judge(machine, answer)
            self.result["aimed_in_recovery"] += 1
            self.count_kill(machine, moment)
            machine = self.start()
        return self.judge(machine, self.mount(machine))

    def mount(self, machine):
        machine.send("m")
        return machine.line() or "silence"

    def count_kill(self, machine, moment):
        for words in self.leave(machine):
            if words[0] in ("ack", "head"):
                self.take(words)
        self.result["kills"] += 1
        if moment:
            self.result["aimed"] += 1
            self.moments[moment] = self.moments.get(moment, 0) + 1

    def aim_at_recovery(self, machine):
        """Mounts with an aim. The moment, and the answer: "aimed", or the mount's if it was missed."""
        moment = self.random.choice((1, 2))
        machine.send(f"k {self.random.randint(1, self.board.most_operations // 10)} {moment}")
        answer = self.mount(machine)
        if answer != "aimed":
            machine.send("k 0 0")
        return moment, answer

    def judge(self, machine, mounted):
        """Is everything there that must be?"""
        words = mounted.split(" ")
        if words[:2] != ["mounted", "kOk"]:
            raise Failure(f"mount: {mounted}")
        self.boots.append(int(words[4]) >> self.board.icount_shift)
        self.verify(machine)
        return machine

    def verify(self, machine):
        machine.send("v")
        numbers = []
        for words in machine.lines_until("end"):
            if words[0] == "gap" and words[3] != "0":
                raise Failure(f"damage: {words}")
            if words[0] == "rec":
                numbers.append(int(words[1]))
                if words[2:] != self.record(numbers[-1]):
                    raise Failure(f"wrong record: {words}")
        if words[1] != "kNothingYet":
            raise Failure(f"reading ended with {words[1]}")
        self.compare(numbers, head=int(words[2]), buckets=int(words[3]), ahead=int(words[4]))

    def compare(self, numbers, head, buckets, ahead):
        first = numbers[0] if numbers else 1
        last = numbers[-1] if numbers else 0
        if numbers != list(range(first, last + 1)):
            raise Failure("the records are not in order")
        # Retained are the buckets from here on (FORMAT section 3), not one less.
        tail = head + ahead + 2 - buckets
        floor = next((sequence + 1 for sequence, bucket in self.head_from if bucket >= tail), None)
        lost = max(0, self.acked - last)
        if floor is not None and floor <= self.acked:
            lost += max(0, first - floor)
        self.result["lost"] += lost
        if lost:
            raise Failure(f"lost {lost}: acknowledged {self.acked}, must hold {floor} on, "
                          f"returned {first} to {last}")
        if last > self.acked + 1:
            raise Failure(f"returned {last}, acknowledged {self.acked}")
        self.acked = last  # what a writing mount has returned never vanishes
        self.head_from = [entry for entry in self.head_from if entry[1] >= tail - 1]

    def last_life(self, machine):
        """A clean end: the next mount's instructions are those of a clean boot."""
        machine.send("c")
        *_, status = machine.lines_until("status")
        if status != ["status", "kOk"]:
            raise Failure(f"close: {status}")
        self.leave(machine)
        machine = self.start()
        self.judge(machine, self.mount(machine))
        self.result["boot_instructions_clean"] = self.boots.pop()
        self.leave(machine)


def is_good(result):
    return (result["conformance"] and "failure" not in result and result["lost"] == 0
            and result["guest_errors"] == 0 and 2 * result["aimed"] >= result["kills"])


def show(result):
    boot = result.get("boot_instructions_after_kill", {})
    print(f"{result['name']:16} {'passed' if result['conformance'] else 'FAILED':>11} "
          f"{result['kills']:6} {result['aimed']:6} {result['acked']:8} {result['lost']:5} "
          f"{result['guest_errors']:13} {result.get('boot_instructions_clean', 0):11,} "
          f"{boot.get('median', 0):11,} {boot.get('largest', 0):11,}")
    for line in result["faults"] + result["guest_error_lines"]:
        print("   ", line)
    if "failure" in result:
        print("    FAILED:", result["failure"], "- its files:", result.get("kept"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20, help="of each board")
    parser.add_argument("--board", choices=BOARDS, action="append", help="default: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--json", metavar="FILE")
    arguments = parser.parse_args()
    soaks = [Soak(BOARDS[name], arguments.kills, arguments.seed)
             for name in arguments.board or BOARDS]
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        results = list(pool.map(Soak.run, soaks))
    print(f"{'':16} {'':>11} {'':6} {'':6} {'':8} {'':5} {'':13} boot, instructions")
    print(f"{'board':16} {'conformance':>11} {'kills':>6} {'aimed':>6} {'acked':>8} {'lost':>5} "
          f"{'guest errors':>13} {'clean':>11} {'after kill':>11} {'largest':>11}")
    for result in results:
        show(result)
    if arguments.json:
        Path(arguments.json).write_text(json.dumps({"boards": results}, indent=1) + "\n")
    sys.exit(0 if all(is_good(result) for result in results) else 1)


if __name__ == "__main__":
    main()
