#!/usr/bin/env python3
"""Generic mutants of the engine's commit and recovery code.

Makes every one-place change of a few kinds in the files below, draws a sample,
the same for the same seed, and hands it to run.py. A mutant that compiles to
the same object code as the original is equivalent and not counted, nor is one
that does not compile. A hang or a crash is an error, and no kill.

  generic.py --count 100 --seed 1 [--json FILE] [--files ring.cc,writer.cc] [run.py's options]
  generic.py --list              all of them, a line each
"""
import argparse
import difflib
import json
import pathlib
import random
import re
import sys

import run

FILES = ['mount.cc', 'log_end.cc', 'recovery.cc', 'ring.cc', 'writer.cc', 'bucket.cc', 'search.cc', 'bucket_end.cc',
         'erasing.cc']

SWAPS = [(r' < ', ' <= '), (r' <= ', ' < '), (r' > ', ' >= '), (r' >= ', ' > '),
         (r' < ', ' > '), (r' == ', ' != '), (r' != ', ' == '),
         (r' && ', ' || '), (r' \|\| ', ' && '),
         (r' \+ ', ' - '), (r' - ', ' + '), (r' \+= ', ' -= '), (r' - 1\b', ''), (r' \+ 1\b', ''),
         (r'\+\+(?=\w)', '--'), (r'\btrue\b', 'false'), (r'\bfalse\b', 'true'),
         (r'(?<![\w.])0(?![\w.])', '1'), (r'(?<![\w.])1(?![\w.])', '2'),
         (r'(?<![\w.])2(?![\w.])', '1'), (r'(?<=\()!(?=\w)', '')]
DECLARES = re.compile(r'^(const|static|constexpr|std::|bool|int|Status|using|return|break|continue|'
                      r'case|default|[A-Z]\w*(<.*>)? \w+( =|;|\{|\())')


def code_of(line):
    """The line without its comment."""
    return re.sub(r'//.*', '', line)


def changes(line):
    """(what, new line) for each way to change it."""
    code = code_of(line)
    text = code.strip()
    if not text or text.startswith(('#', 'namespace', 'static_assert', 'constexpr', 'template')):
        return
    for pattern, new in SWAPS:
        for match in re.finditer(pattern, code):
            yield (f'"{match.group().strip()}" becomes "{new.strip() or "nothing"}"',
                   code[:match.start()] + new + code[match.end():].rstrip() + '\n')
    match = re.match(r'^(\s*(?:\} else )?if \()(.*)(\) (?:\{|return .*;|continue;|break;|NORLOG_TRY.*;))$',
                     code.rstrip())
    if match and balanced(match[2]) and not re.search(r';', match[2]):
        yield 'condition negated', f'{match[1]}!({match[2]}){match[3]}\n'
    if text.endswith(';') and balanced(text) and not DECLARES.match(text) and text != ';':
        if re.match(r'^if \(', text):
            yield 'statement dropped', re.match(r'\s*', code)[0] + ';\n'
        elif re.match(r'^[\w.:>+\-\[\]]+(\(| [|+\-]?= )|^\+\+|^--', text):
            yield 'statement dropped', re.match(r'\s*', code)[0] + ';\n'


def balanced(text):
    depth = 0
    for char in text:
        depth += (char in '([{') - (char in ')]}')
        if depth < 0:
            return False
    return depth == 0


def mutants_of(folder, name):
    lines = (folder / name).read_text().splitlines(keepends=True)
    for at, line in enumerate(lines):
        # A line that goes on from the one before is no statement of its own.
        goes_on = at > 0 and not re.search(r'[;{})]\s*$|^\s*$|:\s*$', code_of(lines[at - 1]))
        for what, new in changes(line):
            if goes_on and what == 'statement dropped':
                continue
            mutated = lines[:at] + [new] + lines[at + 1:]
            path = 'engine/norlog/' + name
            diff = ''.join(difflib.unified_diff(lines, mutated, 'a/' + path, 'b/' + path))
            yield f'{name}:{at + 1}', what, diff


def sample(folder, files, count, seed):
    """The same number from each file, as far as it has them."""
    chosen = []
    for i, name in enumerate(files):
        found = list(mutants_of(folder, name))
        random.Random(f'{seed} {name}').shuffle(found)
        share = count // len(files) + (1 if i < count % len(files) else 0)
        chosen += found[:share]
    return chosen


def write(chosen, out):
    out.mkdir(parents=True, exist_ok=True)
    for path in out.glob('*.patch'):
        path.unlink()
    names = {}
    for place, what, diff in chosen:
        base = re.sub(r'\W', '_', place)
        number = names[base] = names.get(base, 0) + 1
        name = f'{base}_{number}'
        (out / f'{name}.patch').write_text(f'# {place}: {what}.\n# Attacks: generic\n{diff}')


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--count', type=int, default=60)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--files', default=','.join(FILES))
    parser.add_argument('--list', action='store_true')
    parser.add_argument('--json', type=pathlib.Path)
    return parser.parse_known_args(arguments)


def main(arguments):
    options, others = parse(arguments)
    inner = run.parse(others)
    folder = inner.source / 'engine' / 'norlog'
    files = options.files.split(',')
    if options.list:
        for name in files:
            for place, what, _ in mutants_of(folder, name):
                print(f'{place}: {what}')
        return 0
    inner.patches = inner.build / f'generic-{options.seed}-{options.count}'
    inner.no_shrink = True
    write(sample(folder, files, options.count, options.seed), inner.patches)
    mutants = run.choose(inner)
    base = run.Base(inner.source, inner.build, inner.base)
    try:
        base.make(inner.jobs)
    except run.BuildError as error:
        run.say(f'{error}\ngeneric.py: the unmutated engine does not build')
        return 2
    runner = run.Runner(inner, base)
    runner.drop_equivalent = True
    runner.baseline()
    results = run.run_all(runner, mutants)
    stillborn = [r for r in results if r['message'].startswith(('does not compile', 'does not link'))]
    same = [r for r in results if r['status'] == 'equivalent']
    counted = [r for r in results if r not in stillborn and r not in same]
    whole = run.summary(counted, runner.bad_stages)
    whole.update(stillborn=len(stillborn), equivalent=[r['mistake'] for r in same])
    for r in counted:
        if r['status'] == 'killed':
            continue
        print(f'--- {r["status"]}: {r["mistake"]} {r["message"]} {"; ".join(r["notes"])}')
        text = (inner.patches / f'{r["name"]}.patch').read_text().splitlines()
        print('\n'.join(line for line in text if re.match(r'[+-](?![+-])', line)))
    print(f'\n{run.score(whole)}\n{len(stillborn)} did not compile, {len(same)} are the same object code')
    if whole['total']:
        print(f'{100 * whole["killed"] / whole["total"]:.1f} % killed')
    if options.json:
        options.json.write_text(json.dumps(whole, indent=1) + '\n')
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
