#!/usr/bin/env python3
"""Seeds bugs into the engine and counts which of them the campaign sees.

Each *.patch here is one mistake in engine/norlog. It is applied to a copy of
engine/, never to the working tree; the objects that it changes are compiled
again and linked with the campaign program, whose simulator, oracle and explorer
are compiled once. Then the campaign attacks it, stage by stage, until a guarantee
breaks or the CPU time is used up.

A mutant is killed only by the campaign's exit code 1 with a broken guarantee that
the unmutated engine does not break in that stage. One that does not apply or
compile is an error, not a kill. (Where the engine hangs or crashes the campaign says so, as G7.)

  run.py                         all of them
  run.py 'torn_*' canary         those whose names match
  run.py --shard 0/4 --jobs 2    every fourth, two at a time
  run.py --merge 0.json 1.json   one table of several shards
  run.py --canary                the canary alone: quick, and it must be caught

What no stage kills is given the traces that earlier campaigns have found and shrunk
(tests/traces), and that the unmutated engine passes. Such a mutant counts as "killed by a
trace", not as killed.

Results are kept in BUILD/cache, keyed by a hash of the patch, of engine/,
flashsim/ and fuzz/, of the traces, and of the stages below; --force runs them again. Exit code: 0 all
killed, 1 a survivor or an error, 2 usage, or the unmutated engine does not build.
"""
import argparse
import concurrent.futures
import fnmatch
import hashlib
import json
import os
import pathlib
import queue
import re
import shlex
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent

# What is tried, in this order: what finds most per second comes first. Each stage
# ends after so many CPU seconds; together they are what a survivor costs. The canary
# must fall to the first.
STAGES = [
    ('toy', 2, ['--attack', 'exhaustive', '--setup', 'toy-overwrite,toy-keep']),
    ('counters', 6, ['--attack', 'exhaustive', '--setup',
                     'toy-overwrite@lap-0,toy-overwrite@lap-1,toy-overwrite@lap-2,'
                     'toy-overwrite@from-255,toy-overwrite@from-16383,'
                     'toy-overwrite@record-2^32,toy-overwrite@record-2^63,toy-overwrite@record-last,'
                     'toy-overwrite@totals,toy-overwrite@time,nor-overwrite@from-255']),
    ('toy unstable', 1, ['--attack', 'unstable', '--setup', 'toy-overwrite,toy-keep']),
    ('same point', 1, ['--attack', 'same-point', '--setup', 'toy-overwrite', '--times', '3000']),
    ('random', 10, ['--attack', 'random', '--setup', 'toy-overwrite', '--cases', '4000']),
    ('bad buckets', 3, ['--attack', 'exhaustive', '--setup', 'bad-overwrite,bad-keep,bad-stuck']),
    ('card', 3, ['--attack', 'exhaustive', '--setup', 'card-overwrite,sdcard']),
    ('background', 3, ['--attack', 'exhaustive', '--setup', 'background-overwrite']),
    ('flicker', 12, ['--attack', 'flicker', '--rate', '64', '--setup', 'toy-overwrite,toy-keep']),
    ('rings', 4, ['--attack', 'exhaustive', '--setup',
                  'nor-overwrite,once8-overwrite,nor-keep,once32-overwrite,once8-keep']),
    ('flicker, more', 12, ['--attack', 'flicker', '--rate', '512', '--setup',
                          'nor-overwrite@from-255,once8-keep,nor-keep']),
    ('aged', 5, ['--attack', 'exhaustive', '--setup', 'aged']),
    ('random, more', 8, ['--attack', 'random', '--setup', 'toy-overwrite', '--seed', '2',
                          '--cases', '20000']),
    ('nested', 2, ['--attack', 'nested', '--rate', '50', '--setup',
                   'nor-overwrite,once8-overwrite,nor-keep,once8-keep']),
    ('toy nested', 1, ['--attack', 'nested', '--rate', '20', '--setup',
                       'toy-overwrite,toy-keep,toy-overwrite@totals']),
    ('chips', 2, ['--attack', 'exhaustive', '--setup',
                  'plus8-overwrite,fram-keep,hostile,sst26,brownout']),
]
HANG_CPU_S = 4  # without coming back to the campaign
MAX_TRACES = 8  # that are shrunk of a mutant whose first one stays long
GRACE_CPU_S = 6  # behind the end of a stage; a job that then still runs hangs


def say(text):
    print(text, file=sys.stderr, flush=True)


def digest(*parts):
    hash_ = hashlib.sha256()
    for part in parts:
        hash_.update(part if isinstance(part, bytes) else str(part).encode())
        hash_.update(b'\0')
    return hash_.hexdigest()[:24]


class BuildError(Exception):
    pass


class Base:
    """The unmutated campaign program, and how each part of it is compiled."""

    # `folder`: an existing build, instead of one that is made here.
    def __init__(self, root, build, folder=None):
        self.root, self.build = root, build
        self.is_given = folder is not None
        self.dir = folder or build / 'base'
        self.program = self.dir / 'bin' / 'norlog-campaign'
        self.extra_flags = ['-w']  # for mutants: what a mistake leaves unused is none

    def make(self, jobs):
        self.dir.mkdir(parents=True, exist_ok=True)
        configure = ['cmake', '-S', str(self.root), '-B', str(self.dir), '-G', 'Ninja',
                     '-DCMAKE_BUILD_TYPE=Release', '-DCMAKE_CXX_FLAGS_RELEASE=-O2 -g0']
        compile_ = ['ninja', '-C', str(self.dir), '-j', str(jobs), 'norlog-campaign']
        for command in ([compile_] if self.is_given else [configure, compile_]):
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                raise BuildError((done.stdout + done.stderr)[-4000:])
        self._read_commands()
        self._read_depends()
        self.digest = self._digest()

    def _ninja(self, *arguments):
        return subprocess.run(['ninja', '-C', str(self.dir), *arguments], check=True,
                              capture_output=True, text=True).stdout

    def _read_commands(self):
        self.compile = {}  # object -> arguments
        for line in self._ninja('-t', 'commands', 'norlog-campaign').splitlines():
            if line.startswith('ninja: '):
                continue
            if ' -c ' in line:
                arguments = shlex.split(line)
                self.compile[arguments[arguments.index('-o') + 1]] = arguments
            elif ' -o bin/norlog-campaign' in line:
                self.link = shlex.split(line)
        self.link = [word for word in self.link if word not in (':', '&&')]

    def _read_depends(self):
        engine = str(self.root / 'engine') + os.sep
        self.users = {}  # engine file, "engine/norlog/ring.h" -> objects
        target = None
        for line in self._ninja('-t', 'deps').splitlines():
            if line and not line.startswith(' '):
                target = line.split(':')[0]
            elif target in self.compile and line.strip():
                path = os.path.realpath(os.path.join(self.dir, line.strip()))
                if path.startswith(engine):
                    name = os.path.relpath(path, self.root)
                    self.users.setdefault(name, set()).add(target)

    def _digest(self):
        parts = []
        for folder in ('engine', 'flashsim', 'fuzz'):
            for path in sorted((self.root / folder).rglob('*')):
                if path.suffix in ('.cc', '.h') and path.is_file():
                    parts += [path.relative_to(self.root), path.read_bytes()]
        return digest(*parts)


class Mutant:
    def __init__(self, path):
        self.name = path.stem
        self.bytes = path.read_bytes()
        text = self.bytes.decode()
        comments = [line[1:].strip() for line in text.splitlines() if line.startswith('#')]
        self.mistake = comments[0] if comments else ''
        self.code = text[text.find('--- '):]  # what a change of the comments leaves alone
        self.source = self._field(comments, 'Source')
        self.survives = self._field(comments, 'Survives')  # because
        words = self._field(comments, 'Attacks').split()
        self.rules = [word for word in words if not re.fullmatch(r'G\d+', word)]
        self.guarantees = [word for word in words if re.fullmatch(r'G\d+', word)]
        self.files = re.findall(r'^\+\+\+ b/(\S+)', text, re.MULTILINE)

    @staticmethod
    def _field(comments, name):
        for comment in comments:
            if comment.startswith(name + ': '):
                return comment[len(name) + 2:].rstrip('.')
        return ''


def apply(mutant, folder, *arguments):
    """The mistake, in the copy of engine/ in `folder`."""
    done = subprocess.run(['patch', '-p1', '--fuzz=0', '--quiet', '--no-backup-if-mismatch', *arguments],
                          cwd=folder, input=mutant.bytes, capture_output=True)
    if done.returncode != 0:
        raise BuildError('does not apply: ' + done.stdout.decode(errors='replace')[-500:])


def check(options, mutants):
    """0 if all patches apply."""
    bad = 0
    for mutant in mutants:
        try:
            apply(mutant, options.source, '--dry-run')
        except BuildError as error:
            bad += 1
            print(f'{mutant.name} {error}')
    print(f'{len(mutants) - bad} of {len(mutants)} patches apply')
    return 1 if bad or not mutants else 0


def build_mutant(base, mutant, slot):
    """The campaign program with the mistake in it."""
    shutil.rmtree(slot, ignore_errors=True)
    slot.mkdir(parents=True)
    shutil.copytree(base.root / 'engine', slot / 'engine')
    apply(mutant, slot)
    changed = set()
    for name in mutant.files:
        changed |= base.users.get(name, set())
    objects = []
    for target in sorted(changed):
        out = slot / target.replace('/', '_')
        arguments = [word for word in base.compile[target] if not word.endswith('ccache')]
        source = os.path.relpath(arguments[arguments.index('-c') + 1], base.root)
        if (slot / source).exists():
            arguments[arguments.index('-c') + 1] = str(slot / source)
        arguments[arguments.index('-o') + 1] = str(out)
        for flag in ('-MD', '-MT', '-MF'):
            at = arguments.index(flag) if flag in arguments else -1
            if at >= 0:
                del arguments[at:at + (1 if flag == '-MD' else 2)]
        arguments[1:1] = ['-I' + str(slot / 'engine')]
        arguments += base.extra_flags
        done = subprocess.run(arguments, cwd=base.dir, capture_output=True, text=True)
        if done.returncode != 0:
            raise BuildError('does not compile: ' + done.stderr[-1500:])
        objects.append(str(out))
    program = slot / 'norlog-campaign'
    link = list(base.link)
    # The changed objects come first, so their old selves stay in the libraries.
    replaced = {target for target in changed if target in link}
    link = [word for word in link if word not in replaced]
    at = link.index('-o')
    link[at + 1] = str(program)
    link[at:at] = objects
    if shutil.which('ld.gold'):
        link.insert(1, '-fuse-ld=gold')
    done = subprocess.run(link, cwd=base.dir, capture_output=True, text=True)
    if done.returncode != 0:
        raise BuildError('does not link: ' + done.stderr[-1500:])
    return program


def cpu_of(pid):
    try:
        fields = pathlib.Path(f'/proc/{pid}/stat').read_text().rsplit(')', 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')
    except (OSError, IndexError):
        return 0.0


class StateTail:
    """Failures in a campaign's state file, as its jobs are finished."""

    def __init__(self, path):
        self.path, self.at = path, 0

    def failures(self):
        try:
            with open(self.path, 'rb') as file:
                file.seek(self.at)
                data = file.read()
        except OSError:
            return {}
        end = data.rfind(b'\n') + 1
        self.at += end
        found = {}
        for line in data[:end].splitlines():
            if line.startswith(b'{') and b'"failures":{}' not in line:
                found.update(json.loads(line).get('failures', {}))
        return found


def run_stage(program, arguments, seconds, known, folder):
    """(outcome, failure, cpu): killed / over / trap / hang / usage. `known`: cluster keys
    that do not count; None: all are collected and the stage is not cut short."""
    state, report = folder / 'state', folder / 'report.json'
    for path in (state, report):
        path.unlink(missing_ok=True)
    command = [str(program), '--threads', '1', '--shrink_seconds', '0', '--hang_seconds',
               str(HANG_CPU_S), '--state', str(state), '--json', str(report), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               start_new_session=True)
    tail, seen, stopped, killed_hang = StateTail(state), {}, False, False
    pause = 0.01
    while True:
        try:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        except ChildProcessError:
            pid, status, usage = process.pid, 0, None
        if pid != 0:
            break
        seen.update(tail.failures())
        new = known is not None and any(key not in known for key in seen)
        cpu = cpu_of(process.pid)
        if not stopped and (new or (seconds and cpu > seconds)):
            process.send_signal(signal.SIGINT)
            stopped = True
        if seconds and cpu > seconds + GRACE_CPU_S:
            process.kill()
            killed_hang = True
        time.sleep(pause)
        pause = min(pause * 1.3, 0.1)
    process.returncode = os.waitstatus_to_exitcode(status)
    error = process.stderr.read().decode(errors='replace')
    process.stderr.close()
    seen.update(tail.failures())
    cpu = usage.ru_utime + usage.ru_stime if usage else 0.0
    new = {key: value for key, value in seen.items() if known is None or key not in known}
    if process.returncode == 1 and new:
        clusters = []
        try:
            clusters = json.loads(report.read_text())['failures']
        except (OSError, ValueError, KeyError):
            pass
        clusters = [c for c in clusters if any(same_cluster(key, c) for key in new)] or clusters
        return 'killed', (new, clusters), cpu
    match = re.search(r'^G7 BROKEN: (.*) in (\S+)$', error, re.M)
    if process.returncode == 1 and match and 'G7 ' + match[1] not in (known or ()):
        cluster = {'guarantee': 'G7', 'message': match[1], 'attack': arguments[1],
                   'setup': match[2].split('/')[0],
                   'replay': f'norlog-campaign --replay {match[2]}'}
        return 'killed', ({'G7 ' + match[1]: cluster}, [cluster]), cpu
    if killed_hang:
        return 'hang', ('no end', []), cpu
    if process.returncode in (0, 1, 130):
        return 'over', ({}, []), cpu
    if process.returncode == 2:
        return 'usage', (error[-500:], []), cpu
    return 'trap', (f'exit code {process.returncode} {error[-300:]}', []), cpu


def run_trace(program, trace):
    """(guarantee, message) if the campaign program, given this script, says that one broke."""
    try:
        done = subprocess.run([str(program), '--hang_seconds', str(HANG_CPU_S), '--replay', str(trace)],
                              capture_output=True, text=True, timeout=60)
    except subprocess.TimeoutExpired:
        return None
    broken = (re.search(r'^(G\d+) .*is broken: (.*)$', done.stdout, re.MULTILINE)
              or re.search(r'^(G7) BROKEN: (.*) in ', done.stderr, re.MULTILINE))
    return broken.groups() if done.returncode == 1 and broken else None


def same_cluster(key, cluster):
    shape = re.sub(r'0[xX][0-9a-fA-F]+|\d+', '#', cluster['message'])
    return key.startswith(cluster['guarantee']) and re.sub(r'[^#a-z]', '', shape)[:60] in re.sub(
        r'[^#a-z]', '', re.sub(r'0[xX][0-9a-fA-F]+|\d+', '#', key))


def shrink(program, replay, folder):
    """Fewest operations and cuts that still break something, by the campaign itself."""
    case = replay.split('--replay ')[-1].split(' --')[0].strip("'\" ")
    script = folder / 'shrunk'
    script.unlink(missing_ok=True)
    result = {'operations': None, 'cuts': None, 'shrunk_fails': None, 'script': ''}
    if not case:
        return result
    try:
        done = subprocess.run([str(program), '--replay', case, '--shrink', '--save', str(script)],
                              capture_output=True, timeout=240)
        text = script.read_text()
    except (subprocess.TimeoutExpired, OSError):
        return result
    operations = cuts = 0
    for line in text.splitlines():
        word = line.split(' ')[0]
        if word in ('cut', 'vanish', 'reset'):
            cuts += 1
        elif word == 'again':
            cuts += int(re.search(r'\d+', line).group())
        elif word not in ('recover', 'remounts', 'setup', '#', ''):
            operations += 1
    result.update(operations=operations, cuts=cuts, shrunk_fails=done.returncode == 1, script=text)
    return result


def is_small(trace):
    return trace['operations'] is not None and trace['operations'] <= 10 and trace['cuts'] <= 2


def length(trace):
    """What is compared: cuts above 2 and operations above 10 first."""
    if trace['operations'] is None:
        return (1 << 20, 0)
    return (max(trace['cuts'] - 2, 0) + max(trace['operations'] - 10, 0),
            trace['cuts'] + trace['operations'])


class Runner:
    def __init__(self, options, base):
        self.options, self.base = options, base
        self.cache = options.build / 'cache'
        self.cache.mkdir(parents=True, exist_ok=True)
        self.stages = [(name, seconds * options.budget / 60, arguments)
                       for name, seconds, arguments in (STAGES[:1] if options.canary else STAGES)]
        self.traces = [] if options.canary else sorted((options.source / 'tests/traces').glob('*.script'))
        self.traces_digest = digest(*(path.read_bytes() for path in self.traces))
        self.lock = threading.Lock()
        self.drop_equivalent = False  # what compiles to the same object code is not run

    def _cached(self, key, make):
        path = self.cache / (key + '.json')
        if path.exists() and not self.options.force:
            return json.loads(path.read_text())
        value = make()
        partial = path.with_suffix('.' + str(os.getpid()) + str(threading.get_ident()))
        partial.write_text(json.dumps(value))
        os.replace(partial, path)
        return value

    def baseline(self):
        """What the unmutated engine breaks, stage by stage. Nothing, one hopes."""
        self.known = {}
        for name, seconds, arguments in self.stages:
            def make(name=name, seconds=seconds, arguments=arguments):
                with tempfile.TemporaryDirectory(dir=self.options.build) as folder:
                    outcome, (found, _), cpu = run_stage(self.base.program, arguments, 4 * seconds,
                                                         None, pathlib.Path(folder))
                found = found if isinstance(found, dict) else {outcome: found}
                say(f'  unmutated, {name}: {cpu:.1f} s of CPU time, {len(found)} broken')
                return {'outcome': outcome, 'cpu_s': round(cpu, 2), 'broken': found}
            key = 'base-' + digest(self.base.digest, repr(arguments))
            self.known[name] = self._cached(key, make)
        self.bad_stages = [name for name, stage in self.known.items() if stage['broken']]

    def run(self, mutant, slot):
        key = digest(mutant.code, self.base.digest, repr(self.stages), repr(self.known),
                     self.traces_digest)
        result = self._cached(key, lambda: self._run(mutant, slot))
        result.update(self._facts(mutant))
        if result['status'] == 'killed' and not self.options.no_shrink:
            result.update(self._cached(key + '-shortest', lambda: self._shrink(mutant, result, slot)))
        return result

    def _shrink(self, mutant, result, slot):
        program = slot / 'norlog-campaign'
        if not program.exists():
            program = build_mutant(self.base, mutant, slot)
        best = shrink(program, result['replay'], slot)
        names = [name for name, _, _ in self.stages]
        left = MAX_TRACES
        for name, seconds, arguments in self.stages[names.index(result['stage']):]:
            if is_small(best) or left == 0:
                break
            # A long trace: the campaign goes on, and what else it finds may be shorter.
            known = self.known[name]['broken']
            outcome, (_, clusters), _ = run_stage(program, arguments, seconds, None, slot)
            if outcome != 'killed':
                continue
            new = [c for c in clusters if not any(same_cluster(key, c) for key in known)]
            for cluster in new[:left]:
                left -= 1
                other = shrink(program, cluster['replay'], slot)
                if other['shrunk_fails'] and length(other) < length(best):
                    best = {**other, 'killed_by': cluster['guarantee'],
                            **{key: cluster[key] for key in ('message', 'setup', 'replay')}}
                if is_small(best):
                    break
        return best

    @staticmethod
    def _facts(mutant):
        return {'name': mutant.name, 'mistake': mutant.mistake, 'source': mutant.source,
                'rule': ' '.join(mutant.rules), 'attacks': ' '.join(mutant.guarantees),
                'survives': mutant.survives}

    def _run(self, mutant, slot):
        result = {**self._facts(mutant), 'status': 'survived', 'killed_by': '', 'message': '', 'attack': '', 'stage': '',
                  'setup': '', 'cpu_s': 0.0, 'operations': None, 'cuts': None, 'replay': '',
                  'notes': []}
        begin = time.time()
        try:
            program = build_mutant(self.base, mutant, slot)
        except BuildError as error:
            result.update(status='error', message=str(error))
            return result
        result['build_s'] = round(time.time() - begin, 1)
        if self.drop_equivalent and self._is_same_code(mutant, slot):
            result.update(status='equivalent', message='the same object code')
            return result
        for name, seconds, arguments in self.stages:
            outcome, (found, clusters), cpu = run_stage(program, arguments, seconds,
                                                        self.known[name]['broken'], slot)
            result['cpu_s'] += cpu
            if outcome == 'killed':
                self._describe(result, name, arguments, found, clusters)
                break
            if outcome != 'over':
                result['notes'].append(f'{name}: {outcome}: {found}')
            if len(result['notes']) == 2:
                break
        if result['status'] == 'survived' and result['notes']:
            result['status'] = 'error'
        elif result['status'] == 'survived':
            self._try_traces(program, result)
        result['cpu_s'] = round(result['cpu_s'], 2)
        return result

    def _try_traces(self, program, result):
        for trace in self.traces:
            broken = run_trace(program, trace)
            if broken and not run_trace(self.base.program, trace):
                result.update(status='killed by a trace', stage='traces', attack='trace', killed_by=broken[0],
                              message=broken[1], setup=trace.stem,
                              replay=f'norlog-campaign --replay {trace}')
                return

    def _is_same_code(self, mutant, slot):
        changed = set().union(*(self.base.users.get(name, set()) for name in mutant.files))
        return all((slot / target.replace('/', '_')).read_bytes() ==
                   (self.base.dir / target).read_bytes() for target in changed)

    @staticmethod
    def _describe(result, stage, arguments, found, clusters):
        first = clusters[0] if clusters else {}
        key, failure = next(iter(found.items()))
        result.update(status='killed', stage=stage,
                      killed_by=first.get('guarantee') or key.split(' ')[0][:3],
                      message=first.get('message') or failure.get('message', key),
                      attack=first.get('attack') or arguments[1], setup=first.get('setup', ''),
                      replay=first.get('replay', ''))


def summary(results, stages_left=()):
    killed = [r for r in results if r['status'] == 'killed']
    seconds = [r['cpu_s'] for r in killed]
    small = [r for r in killed if is_small(r)]
    shrunk = [r for r in killed if r['operations'] is not None]
    by_trace = [r['name'] for r in results if r['status'] == 'killed by a trace']
    return {'total': len(results), 'killed': len(killed),
            'survivors': [r['name'] for r in results if r['status'] == 'survived'],
            'killed_by_a_trace': by_trace,
            'errors': [r['name'] for r in results if r['status'] == 'error'],
            'median_cpu_s': round(statistics.median(seconds), 2) if seconds else 0,
            'worst_cpu_s': round(max(seconds), 2) if seconds else 0,
            'small_traces': len(small), 'shrunk': len(shrunk),
            'broken_without_mutation': list(stages_left),
            'mutants': sorted(results, key=lambda r: r['name'])}


def table(results):
    lines = [f'{"mutant":44} {"rule":10} {"killed by":9} {"attack":11} {"CPU s":>6} {"ops":>4} '
             f'{"cuts":>4}']
    for r in sorted(results, key=lambda r: r['name']):
        number = lambda value: '' if value is None else str(value)
        end = r['killed_by'] if r['status'] == 'killed' else r['status'].upper()
        lines.append(f'{r["name"]:44} {r["rule"]:10} {end:9} {r["attack"]:11} {r["cpu_s"]:6.1f} '
                     f'{number(r["operations"]):>4} {number(r["cuts"]):>4}')
    return '\n'.join(lines)


def score(whole):
    text = (f'{whole["killed"]} of {whole["total"]} killed; CPU time to the kill: median '
            f'{whole["median_cpu_s"]} s, worst {whole["worst_cpu_s"]} s')
    if whole['shrunk']:
        text += (f'; {whole["small_traces"]} of {whole["shrunk"]} traces shrunk to at most '
                 '10 operations and 2 cuts')
    for name in ('killed_by_a_trace', 'survivors', 'errors'):
        if whole[name]:
            text += f'\n{name.replace("_", " ")}: ' + ', '.join(whole[name])
    if whole['broken_without_mutation']:
        text += ('\nWARNING: the unmutated engine breaks a guarantee, too (such failures were not '
                 'counted), in: ' + ', '.join(whole['broken_without_mutation']))
    return text


def markdown(whole):
    rows = ['| mutant | the mistake | after | rule | killed by | attack | CPU s | trace |',
            '|---|---|---|---|---|---|---|---|']
    for r in whole['mutants']:
        end = r['killed_by'] if r['status'] == 'killed' else f'**{r["status"]}**'
        trace = '' if r['operations'] is None else f'{r["operations"]} ops, {r["cuts"]} cuts'
        rows.append(f'| {r["name"]} | {r["mistake"]} | {r["source"]} | {r["rule"]} | {end} | '
                    f'{r["attack"]} | {r["cpu_s"]:.1f} | {trace} |')
    return '\n'.join(rows)


def reasons(whole):
    """Why survivors survive: the line `Survives: ...` of their patches."""
    left = [r for r in whole['mutants'] if not r['status'].startswith('killed')]
    if not left:
        return ''
    return '\n\n## What is left\n\n' + '\n'.join(
        f'- `{r["name"]}`: {r["survives"] or "not explained yet"}.' for r in left)


README = """# Mutants: the proof that the campaign can see

Each patch here is one mistake in the engine, named by the mistake: those that broke other
people's logs, transplanted, and for each rule R1-R12 some that drop or weaken it. `./dev mutants`
builds and attacks them all; `run.py --help` says how. A mutant is killed only by a broken
guarantee. Three test the oracle (`oracle_*`), and `canary` (`./dev mutants --canary`) must always be caught.

Measured on {date}, at commit {commit}, with a budget of {budget:g} (a survivor costs some 65 to 70 CPU seconds at 60):

{score}{reasons}

Left out, because no guarantee sees them: a frame that failed to program and is not declared dead
(the same records are written again, and readers pass over what they have had); a read error while
verifying that is returned as such (the caller may try again).

## All of them

{table}
"""


def readme(whole, options):
    commit = subprocess.run(['git', '-C', str(options.source), 'rev-parse', '--short', 'HEAD'],
                            capture_output=True, text=True).stdout.strip()
    return README.format(date=time.strftime('%Y-%m-%d'), commit=commit, budget=options.budget,
                         score=score(whole), reasons=reasons(whole), table=markdown(whole))


def choose(options):
    paths = sorted(options.patches.glob('*.patch'))
    if options.canary:
        paths = [path for path in paths if path.stem == 'canary']
    if options.names:
        paths = [path for path in paths
                 if any(fnmatch.fnmatch(path.stem, pattern) for pattern in options.names)]
    index, count = options.shard
    return [Mutant(path) for path in paths[index::count]]


def parse_shard(text):
    match = re.fullmatch(r'(\d+)/(\d+)', text)
    if not match or not int(match[1]) < int(match[2]):
        raise argparse.ArgumentTypeError('it is I/N with I from 0 to N-1')
    return int(match[1]), int(match[2])


def parse(arguments):
    root = HERE.parent.parent
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('names', nargs='*', help='patterns of names, without .patch')
    add('--shard', type=parse_shard, default=(0, 1), metavar='I/N')
    add('--jobs', type=int, default=int(os.environ.get('NORLOG_JOBS', os.cpu_count() or 1)))
    add('--budget', type=float, default=60, help='CPU seconds for a mutant that survives (60)')
    add('--json', type=pathlib.Path, metavar='FILE')
    add('--markdown', type=pathlib.Path, metavar='FILE', help='write the README with the table')
    add('--canary', action='store_true', help='the canary alone')
    add('--no-shrink', action='store_true', help='leave failures as they were found')
    add('--force', action='store_true', help='run what is in the cache, too')
    add('--list', action='store_true', help='list the mutants')
    add('--check', action='store_true', help='whether all patches apply; builds nothing')
    add('--merge', action='store_true', help='NAMES are JSON files of shards')
    add('--base', type=pathlib.Path, metavar='FOLDER',
        help="a configured build with Ninja, instead of a Release build of its own")
    add('--source', type=pathlib.Path, default=root, help='the working tree')
    add('--build', type=pathlib.Path, default=root / 'build' / 'mutants')
    add('--patches', type=pathlib.Path, default=HERE)
    options = parser.parse_args(arguments)
    options.source, options.build = options.source.resolve(), options.build.resolve()
    options.base = options.base and options.base.resolve()
    return options


def run_all(runner, mutants):
    slots = queue.Queue()
    for i in range(max(runner.options.jobs, 1)):
        slots.put(runner.options.build / f'slot{os.getpid()}-{i}')
    done = 0

    def one(mutant):
        nonlocal done
        slot = slots.get()
        try:
            result = runner.run(mutant, slot)
        finally:
            shutil.rmtree(slot, ignore_errors=True)
            slots.put(slot)
        with runner.lock:
            done += 1
            end = result['killed_by'] if result['status'] == 'killed' else result['status'].upper()
            say(f'[{done}/{len(mutants)}] {mutant.name}: {end}, {result["cpu_s"]} s'
                + (f' ({result["message"][:300]})' if result['status'] == 'error' else ''))
        return result

    with concurrent.futures.ThreadPoolExecutor(max(runner.options.jobs, 1)) as pool:
        return list(pool.map(one, mutants))


def main(arguments):
    options = parse(arguments)
    if options.merge:
        results = [r for name in options.names
                   for r in json.loads(pathlib.Path(name).read_text())['mutants']]
        left = sorted({stage for name in options.names
                       for stage in json.loads(pathlib.Path(name).read_text())['broken_without_mutation']})
    else:
        mutants = choose(options)
        if options.list:
            for mutant in mutants:
                print(f'{mutant.name:44} {" ".join(mutant.rules + mutant.guarantees):16} '
                      f'{mutant.mistake}')
            return 0
        if options.check:
            return check(options, mutants)
        if not mutants:
            say('run.py: no mutant has such a name')
            return 2
        options.build.mkdir(parents=True, exist_ok=True)
        base = Base(options.source, options.build, options.base)
        say('Building the campaign ...')
        try:
            base.make(options.jobs)
        except BuildError as error:
            say(f'{error}\nrun.py: the unmutated engine does not build')
            return 2
        runner = Runner(options, base)
        runner.baseline()
        results, left = run_all(runner, mutants), runner.bad_stages
    whole = summary(results, left)
    print(table(results) + '\n\n' + score(whole))
    if options.json:
        options.json.write_text(json.dumps(whole, indent=1) + '\n')
    if options.markdown:
        options.markdown.write_text(readme(whole, options))
    return 0 if whole['killed'] == whole['total'] else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
