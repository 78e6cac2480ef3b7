# SPDX-License-Identifier: LGPL-2.1-or-later
"""A plot of how each row stands to its goal."""

from xml.sax.saxutils import escape

LEFT, BAR, HEIGHT, TOP = 360, 420, 26, 50
LARGEST = 2.0


def share(row):
    """More than 1: better than the goal."""
    if row['bound'] == 'at least':
        return row['median'] / row['goal']
    return row['goal'] / row['median'] if row['median'] > 0 else LARGEST


def plot(report):
    """The rows of a report that were measured, as an SVG picture."""
    rows = [row for row in report['rows'] if 'median' in row and row['goal'] is not None]
    width, height = LEFT + BAR + 160, TOP + HEIGHT * len(rows) + 20
    one = LEFT + BAR / LARGEST
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
           'font-family="sans-serif" font-size="13">',
           f'<rect width="{width}" height="{height}" fill="white"/>',
           f'<text x="10" y="22">{escape(report["date"])}, {escape(report["machine"])}</text>',
           f'<text x="{one}" y="42" text-anchor="middle">goal</text>']
    for number, row in enumerate(rows):
        y = TOP + HEIGHT * number
        length = min(share(row), LARGEST) * BAR / LARGEST
        colour = '#2e7d32' if row['met'] else '#c62828'
        label = f'{row["median"]:.3g} {row["unit"]} ({row["bound"]} {row["goal"]:g})'
        out.append(f'<text x="{LEFT - 8}" y="{y + 17}" text-anchor="end">{escape(row["name"])}'
                   '</text>')
        out.append(f'<rect x="{LEFT}" y="{y + 4}" width="{length:.1f}" height="{HEIGHT - 8}" '
                   f'fill="{colour}"/>')
        out.append(f'<text x="{LEFT + length + 6:.1f}" y="{y + 17}" font-size="11">'
                   f'{escape(label)}</text>')
    out.append(f'<line x1="{one}" y1="{TOP - 4}" x2="{one}" y2="{height - 14}" stroke="black" '
               'stroke-dasharray="4 3"/>')
    out.append('</svg>')
    return '\n'.join(out) + '\n'
