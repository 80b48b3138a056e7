#!/usr/bin/env python3
"""Draws docs/bench/*.svg from the rows of norlog-bench, with gnuplot.

  plot.py ROWS.json OUT_FOLDER

The background is transparent and all colours are of middle lightness, so that
the pictures can be read on light and on dark pages.
"""
import json
import pathlib
import subprocess
import sys

GREY = '#808a94'
COLOURS = ['#d9480f', '#1c7ed6', '#2b9348', '#ae3ec9', '#c9920e', '#0c8599']

# Bytes programmed for the same record, commit each; the project's own
# measurements on the same simulated chip (README).
RIVALS = [('FlashDB', 22.12), ('RingFS', 24.07), ('FCB', 18.04), ('seq-storage', 24.01)]

# Real series of 20 bytes a record, encoded (docs/ENCODING.md).
ENCODED = [('weather_uwa', 'weather'), ('weather_sea', 'sea'), ('air_quality_beijing', 'air'),
           ('phone_accel', 'phone')]

SETUP = f'''
set terminal svg size 760,440 dynamic enhanced font "Helvetica,14"
set border 3 lc rgb "{GREY}"
set tics nomirror textcolor rgb "{GREY}"
set grid ytics lc rgb "{GREY}" lw 0.4 dt 3
set title textcolor rgb "{GREY}"
set xlabel textcolor rgb "{GREY}"
set ylabel textcolor rgb "{GREY}"
set key textcolor rgb "{GREY}" left top reverse Left
'''


class Rows:
    def __init__(self, path):
        with open(path, encoding='utf-8') as file:
            self.values = {row['name']: row['value'] for row in json.load(file)['rows']}

    def sizes(self, shape, what):
        """(log2 of the number of buckets, value) of boot/<shape>/2^k/<what>."""
        points = [(k, self.values.get(f'boot/{shape}/2^{k}/{what}')) for k in range(8, 24)]
        return [(k, value) for k, value in points if value is not None]


def gnuplot(script, out):
    subprocess.run(['gnuplot'], input=f'{SETUP}set output "{out}"\n{script}\n', text=True,
                   check=True)


def block(name, points):
    lines = '\n'.join(' '.join(str(value) for value in point) for point in points)
    return f'${name} << EOD\n{lines}\nEOD\n'


def strategies(rows, out):
    """Finding the newest bucket, chip time against the number of buckets."""
    named = [('linear', 'all headers'), ('search', 'binary search'),
             ('rolling_index', 'rolling index'), ('bit_index', 'bit index'),
             ('callers_hint', "caller's hint")]
    script = 'set title "Finding the newest bucket: worst of 100 rings, 512 B sectors"\n'
    script += 'set xlabel "buckets"\nset ylabel "chip time, µs"\nset logscale y 10\n'
    script += 'set format y "10^{%L}"\nset xrange [7.5:23.5]\nset yrange [10:1e8]\n'
    script += 'set xtics ("2^{8}" 8, "2^{11}" 11, "2^{14}" 14, "2^{17}" 17, "2^{20}" 20, "2^{23}" 23)\n'
    plots = []
    for i, (name, title) in enumerate(named):
        points = rows.sizes('512B', f'find/{name}/chip_us')
        if not points:
            continue
        script += block(name, points)
        plots.append(f'${name} using 1:2 with linespoints lw 2 pt 7 ps 0.5 '
                     f'lc rgb "{COLOURS[i]}" title "{title}"')
    gnuplot(script + 'plot ' + ', \\\n'.join(plots), out)


def growth(rows, out):
    """Reads of a whole mount, with fitted lines."""
    script = 'set title "Reads of a whole mount, worst of 100 rings; lines: fitted a + b log_2 N"\n'
    script += 'set xlabel "buckets"\nset ylabel "reads"\nset xrange [7.5:23.5]\nset yrange [0:90]\n'
    script += 'set xtics ("2^{8}" 8, "2^{11}" 11, "2^{14}" 14, "2^{17}" 17, "2^{20}" 20, "2^{23}" 23)\n'
    script += 'set fit quiet\nset fit logfile "/dev/null"\n'
    plots = []
    series = [('4KiB', 'clean/reads', '4 KiB, closed'), ('512B', 'clean/reads', '512 B, closed'),
              ('4KiB', 'after_cut/reads', '4 KiB, after a cut'),
              ('4KiB', 'after_cut/erase_due/reads', '4 KiB, after a cut, erase due')]
    for i, (shape, what, title) in enumerate(series):
        points = rows.sizes(shape, what)
        if len(points) < 3:
            continue
        script += block(f'd{i}', points)
        script += f'f{i}(x) = a{i} + b{i} * x\nfit f{i}(x) $d{i} using 1:2 via a{i}, b{i}\n'
        plots.append(f'$d{i} using 1:2 with points pt 7 ps 0.6 lc rgb "{COLOURS[i]}" notitle')
        plots.append(f'f{i}(x) with lines lw 2 lc rgb "{COLOURS[i]}" '
                     f'title sprintf("{title}: %.1f + %.2f log_2 N", a{i}, b{i})')
    gnuplot(script + 'plot ' + ', \\\n'.join(plots), out)


def bars(points, title, ylabel, out):
    """points: (label, value, colour)."""
    script = f'set title "{title}"\nset ylabel "{ylabel}"\nset style fill solid 0.85 noborder\n'
    script += 'set boxwidth 0.65\nset yrange [0:*]\nset xtics rotate by -28\nset bmargin 6\nset rmargin 9\nunset key\n'
    script += block('d', [(i, f'"{label}"', value, int(colour[1:], 16))
                          for i, (label, value, colour) in enumerate(points)])
    script += ('plot $d using 1:3:4:xtic(2) with boxes lc rgb variable, '
               f'$d using 1:3:(sprintf("%.1f", $3)) with labels offset 0,0.7 tc rgb "{GREY}"')
    gnuplot(script, out)


def bytes_a_record(rows, out):
    points = [(name + ', each', value, GREY) for name, value in RIVALS]
    for every in (1, 4, 16, 64):
        value = rows.values.get(f'economy/qff/commit_{every}/4KiB/bytes')
        if value is not None:
            points.append((f'norlog, by {every}', value, COLOURS[1]))
    for every in (1, 16):
        for series, name in ENCODED:
            value = rows.values.get(f'economy/packed/{series}/commit_{every}/bytes')
            if value is not None:
                points.append((f'{name}, by {every}', value, COLOURS[2]))
    bars(points, 'Bytes programmed a record: 16 raw bytes; in green 20, encoded', 'bytes', out)


def latency(rows, out):
    script = 'set title "Chip time of an append, 4 KiB buckets, erased ahead by Maintain"\n'
    script += 'set ylabel "µs"\nset style data histograms\nset style fill solid 0.85 noborder\n'
    script += 'set style histogram clustered gap 1.5\nset yrange [0:2000]\nset key right top\n'
    script += 'set xlabel "records a commit"\n'
    table = []
    for every in (1, 4, 16, 64):
        name = f'append/qff/commit_{every}/4KiB/maintain/'
        values = [rows.values.get(name + what) for what in ('mean', 'p99', 'worst')]
        if None not in values:
            table.append([every] + values)
    script += block('d', table)
    plots = [f'$d using {i + 2}:xtic(1) lc rgb "{COLOURS[c]}" title "{title}"'
             for i, (c, title) in enumerate([(1, 'mean, erases included'), (2, '99 of 100'),
                                             (0, 'worst')])]
    gnuplot(script + 'plot ' + ', '.join(plots), out)


def main():
    rows = Rows(sys.argv[1])
    folder = pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    strategies(rows, folder / 'strategies.svg')
    growth(rows, folder / 'growth.svg')
    bytes_a_record(rows, folder / 'bytes.svg')
    latency(rows, folder / 'latency.svg')


if __name__ == '__main__':
    main()
