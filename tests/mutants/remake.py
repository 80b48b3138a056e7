#!/usr/bin/env python3
"""Makes patches again that no longer apply because their code has moved.

Each hunk is looked for in the whole engine, with less and less of its context,
until what it replaces stands in exactly one place (in its own file, if there).
What was found must be read: code that looks the same may mean something else.

  remake.py            those that don't apply
  remake.py NAME...    these

Exit code: 0 all apply now, 1 some must be made by hand.
"""
import argparse
import difflib
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def applies(patch):
    return subprocess.run(['patch', '-p1', '--fuzz=0', '--dry-run', '--quiet', '--force'], cwd=ROOT,
                          stdin=patch.open('rb'), capture_output=True).returncode == 0


def read_engine():
    return {str(path.relative_to(ROOT)): path.read_text()
            for path in sorted((ROOT / 'engine').rglob('*')) if path.suffix in ('.h', '.cc')}


def parse(text):
    """The comment on top, and each hunk as (file, lines)."""
    comment, hunks, file = [], [], None
    for line in text.splitlines():
        if line.startswith('+++ '):
            file = line[len('+++ b/'):]
        elif line.startswith('@@'):
            hunks.append((file, []))
        elif hunks and not line.startswith('--- '):
            hunks[-1][1].append(line or ' ')
        elif not hunks and line.startswith('#'):
            comment.append(line)
    return comment, hunks


def narrowed(lines):
    """The hunk with all of its context, then with less."""
    changed = [i for i, line in enumerate(lines) if line[0] != ' ']
    for begin in range(changed[0] + 1):
        for end in range(len(lines), changed[-1], -1):
            yield lines[begin:end]


def place(file, lines, engine):
    """Applies a hunk to `engine` where it fits; false if nowhere or in several places."""
    for part in narrowed(lines):
        old = '\n' + ''.join(line[1:] + '\n' for line in part if line[0] != '+')
        new = '\n' + ''.join(line[1:] + '\n' for line in part if line[0] != '-')
        count = {name: ('\n' + text).count(old) for name, text in engine.items()}
        found = [file] if count.get(file) else [name for name in count if count[name]]
        if old.strip() and len(found) == 1 and count[found[0]] == 1:
            engine[found[0]] = ('\n' + engine[found[0]]).replace(old, new)[1:]
            return True
    return False


def remake(patch):
    before = read_engine()
    after = dict(before)
    comment, hunks = parse(patch.read_text())
    if not all(place(file, lines, after) for file, lines in hunks):
        return False
    text = '\n'.join(comment) + '\n'
    for name in before:
        text += ''.join(difflib.unified_diff(before[name].splitlines(True),
                                             after[name].splitlines(True),
                                             f'a/{name}', f'b/{name}'))
    patch.write_text(text)
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('names', nargs='*')
    names = parser.parse_args().names
    patches = [HERE / f'{name}.patch' for name in names] or sorted(HERE.glob('*.patch'))
    by_hand = 0
    for patch in patches:
        if not names and applies(patch):
            continue
        made = remake(patch)
        by_hand += not made
        print(f'{patch.stem}: {"made again" if made else "MUST BE MADE BY HAND"}')
    return 1 if by_hand else 0


if __name__ == '__main__':
    sys.exit(main())
