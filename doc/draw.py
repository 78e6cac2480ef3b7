#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Draws the pictures of the documentation: pictures/NAME.txt becomes pictures/NAME.svg.

  draw.py            draws all of them
  draw.py --check    fails if one of them is not what its text says

A picture is either boxes and arrows on a grid, or a sequence of messages between lanes.
Each line of its text is a word and its arguments, quoted as in a shell; "|" breaks a line
of a label.

  title TEXT                              what a screen reader reads
  size COLUMNS ROWS                       of a grid; cells are 176 x 88
  group COLUMN ROW WIDTH HEIGHT LABEL     a frame around boxes
  box NAME COLUMN ROW LABEL [KIND] [WIDTH]   KIND: plain, code, outside, good, bad
  arrow FROM TO [LABEL] [SIDES] [STYLE]   SIDES: such as e-w (default: by position), STYLE: dashed

  lane NAME LABEL                         from left to right
  message FROM TO LABEL [STYLE]
  note LANE LABEL                         something that a lane does
  crash LABEL                             what a crash at this moment leaves
"""

import html
import pathlib
import shlex
import sys

HERE = pathlib.Path(__file__).resolve().parent / 'pictures'
CELL = (176, 88)
BOX = (148, 50)
LANE = 172
STEP = 34

STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1c1c1c; text-anchor: middle }
  .code { font-family: ui-monospace, monospace; font-size: 12px }
  .small { font-size: 11.5px; fill: #555; paint-order: stroke; stroke: #fff; stroke-width: 4px } .left { text-anchor: start }
  .box { fill: #fff; stroke: #555; stroke-width: 1.3 }
  .outside { fill: #eceff4; stroke: #8a94a6 } .good { fill: #e3f3e4; stroke: #3d8b40 }
  .bad { fill: #fbe5e3; stroke: #b3372c } .group { fill: none; stroke: #8a94a6; stroke-dasharray: 5 4 }
  .line { fill: none; stroke: #555; stroke-width: 1.4 } .dashed { stroke-dasharray: 5 4 }
  .tip { fill: #555 } .paper { fill: #fff }
  .crash { stroke: #b3372c; stroke-dasharray: 3 3; stroke-width: 1.2 } .crashed { fill: #b3372c }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6e6e6 } .small { fill: #b0b0b0; stroke: #1d1f23 } .paper { fill: #1d1f23 }
    .box { fill: #2a2d33; stroke: #a8a8a8 } .outside { fill: #343a46; stroke: #8a94a6 }
    .good { fill: #213d25; stroke: #66b86a } .bad { fill: #4a2320; stroke: #e2776d }
    .line { stroke: #b8b8b8 } .tip { fill: #b8b8b8 } .crash { stroke: #e2776d } .crashed { fill: #e2776d }
  }
"""


def text(x, y, label, css='', gap=15):
    lines = label.split('|')
    top = y - (len(lines) - 1) * gap / 2 + 4.5
    return ''.join(f'<text x="{x:g}" y="{top + i * gap:g}"{f" class={css!r}" if css else ""}>'
                   f'{html.escape(line)}</text>'.replace("'", '"') for i, line in enumerate(lines))


def line(points, css='line', has_tip=True):
    path = 'M' + ' L'.join(f'{x:g} {y:g}' for x, y in points)
    tip = ' marker-end="url(#tip)"' if has_tip else ''
    return f'<path class="{css}" d="{path}"{tip}/>'


class Picture:
    def __init__(self):
        self.title, self.size, self.parts, self.labels = '', None, [], []
        self.boxes, self.lanes = {}, {}
        self.y, self.notes_end = 70, 0

    # A grid.

    def at(self, column, row):
        return (float(column) + 0.5) * CELL[0], (float(row) + 0.5) * CELL[1]

    def do_title(self, label):
        self.title = label

    def do_size(self, columns, rows):
        self.size = float(columns) * CELL[0], float(rows) * CELL[1]

    def do_group(self, column, row, width, height, label):
        x, y = float(column) * CELL[0] + 5, float(row) * CELL[1] + 5
        w, h = float(width) * CELL[0] - 10, float(height) * CELL[1] - 10
        self.parts.append(f'<rect class="group" x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" rx="9"/>')
        self.labels.append(text(x + 10, y + 11, label, 'small left'))

    def do_box(self, name, column, row, label, kind='plain', width='1'):
        x, y = self.at(column, row)
        w, h = BOX[0] + (float(width) - 1) * CELL[0], BOX[1]
        x += (float(width) - 1) * CELL[0] / 2
        self.boxes[name] = x, y, w, h
        shape = '' if kind in ('plain', 'code') else f' {kind}'
        self.parts.append(f'<rect class="box{shape}" x="{x - w / 2:g}" y="{y - h / 2:g}" '
                          f'width="{w:g}" height="{h:g}" rx="6"/>')
        self.labels.append(text(x, y, label, 'code' if kind == 'code' else ''))

    def edge(self, name, side):
        x, y, w, h = self.boxes[name]
        dx, dy = {'e': (w / 2, 0), 'w': (-w / 2, 0), 'n': (0, -h / 2), 's': (0, h / 2)}[side]
        return x + dx, y + dy

    def do_arrow(self, start, end, label='', sides='', style=''):
        (x1, y1, *_), (x2, y2, *_) = self.boxes[start], self.boxes[end]
        if not sides:
            flat = abs(x2 - x1) >= abs(y2 - y1)
            sides = (('e-w' if x2 > x1 else 'w-e') if flat else ('s-n' if y2 > y1 else 'n-s'))
        first, last = sides.split('-')
        a, b = self.edge(start, first), self.edge(end, last)
        points = [a, b]
        if first in 'ew' and last in 'ew' and a[1] != b[1]:
            middle = (a[0] + b[0]) / 2
            points = [a, (middle, a[1]), (middle, b[1]), b]
        elif first in 'ns' and last in 'ns' and a[0] != b[0]:
            middle = (a[1] + b[1]) / 2
            points = [a, (a[0], middle), (b[0], middle), b]
        elif a[0] != b[0] and a[1] != b[1]:
            points = [a, (b[0], a[1]) if first in 'ew' else (a[0], b[1]), b]
        self.parts.append(line(points, f'line {style}'.strip()))
        if label:
            (px, py), (qx, qy) = points[len(points) // 2 - 1], points[len(points) // 2]
            upright = abs(qy - py) > abs(qx - px)
            x, y = (px + qx) / 2, (py + qy) / 2
            self.labels.append(text(x + 7, y, label, 'small left', 13) if upright
                               else text(x, y - 4 - 7 * (label.count('|') + 1), label, 'small', 13))

    # A sequence.

    def do_lane(self, name, label):
        x = (len(self.lanes) + 0.5) * LANE
        self.lanes[name] = x
        self.parts.append(f'<rect class="box" x="{x - 61:g}" y="14" width="122" height="32" rx="6"/>')
        self.labels.append(text(x, 30, label))

    def do_message(self, start, end, label, style=''):
        a, b = self.lanes[start], self.lanes[end]
        self.parts.append(line([(a, self.y + 8), (b, self.y + 8)], f'line {style}'.strip()))
        self.labels.append(text((a + b) / 2, self.y - 3, label, 'small'))
        self.y += STEP

    def do_note(self, lane, label):
        x = self.lanes[lane]
        self.parts.append(f'<rect class="box outside" x="{x - 66:g}" y="{self.y - 8:g}" width="132" '
                          f'height="26" rx="4"/>')
        self.labels.append(text(x, self.y + 5, label, 'small'))
        self.y += STEP

    def do_crash(self, label):
        end = len(self.lanes) * LANE
        self.parts.append(f'<path class="crash" d="M10 {self.y:g} L{end + 8:g} {self.y:g}"/>')
        self.labels.append(text(end + 14, self.y, label, 'small left', 13))
        self.notes_end = max(self.notes_end, max(len(part) for part in label.split('|')) * 6.3)
        self.y += STEP * 0.8

    def draw(self):
        if self.lanes:
            self.size = len(self.lanes) * LANE + self.notes_end + 24, self.y + 6
            self.parts[:0] = [f'<path class="line dashed" d="M{x:g} 46 L{x:g} {self.y:g}"/>'
                              for x in self.lanes.values()]
        width, height = self.size
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
                f'width="{width:g}" role="img" aria-label="{html.escape(self.title)}">\n'
                f'<title>{html.escape(self.title)}</title>\n<style>{STYLE}</style>\n'
                '<defs><marker id="tip" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" '
                'markerHeight="8" orient="auto"><path class="tip" d="M0 0 L8 4 L0 8 z"/></marker></defs>\n'
                f'<rect class="paper" width="{width:g}" height="{height:g}" rx="8"/>\n'
                + '\n'.join(self.parts + self.labels) + '\n</svg>\n')


def draw(path):
    picture = Picture()
    for number, row in enumerate(path.read_text().splitlines(), 1):
        words = shlex.split(row, comments=True)
        if not words:
            continue
        try:
            getattr(picture, f'do_{words[0]}')(*words[1:])
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            sys.exit(f'{path.name}:{number}: {row}: {error}')
    return picture.draw()


def main():
    old = []
    for path in sorted(HERE.glob('*.txt')):
        target, drawn = path.with_suffix('.svg'), draw(path)
        if '--check' not in sys.argv:
            target.write_text(drawn)
        elif not target.exists() or target.read_text() != drawn:
            old.append(f'{target.name} is not what {path.name} says: run doc/draw.py')
    print('\n'.join(old) or 'drawn')
    return bool(old)


if __name__ == '__main__':
    sys.exit(main())
