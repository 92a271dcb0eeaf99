"""A dot plot as SVG: a row for each program, a dot for each way of running it, on a logarithmic axis of ratios to one
of these ways, which has no dots.

Rows are sorted by their first dot; the geometric means are the last row. Colours differ in lightness as well, and
shapes differ, for readers who see no colours."""
import html
import math
import statistics

LEFT, TOP, ROW, WIDTH, RIGHT = 130, 46, 19, 560, 20
COLOURS = ["#1f5fa8", "#d9822b", "#2a9d5c", "#a6508c", "#6b6b6b", "#b8a100", "#00808a", "#803020", "#404080", "#909090"]
TICKS = [0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 7, 10, 15, 20, 30, 50, 100]


def x_of(value, low, high):
    return LEFT + WIDTH * math.log(value / low) / math.log(high / low)


def mark(shape, x, y, colour):
    if shape % 3 == 0: return f'<circle cx="{x:.1f}" cy="{y}" r="4.5" fill="{colour}"/>'
    if shape % 3 == 1: return f'<rect x="{x - 4:.1f}" y="{y - 4}" width="8" height="8" fill="{colour}"/>'
    return f'<path d="M{x:.1f} {y - 5}l5 9h-10z" fill="{colour}"/>'


def axis(low, high, bottom):
    out = []
    for tick in TICKS:
        if not low <= tick <= high: continue
        x = x_of(tick, low, high)
        colour = "#666" if tick == 1 else "#ddd"
        out.append(f'<path d="M{x:.1f} {TOP - 8}V{bottom}" stroke="{colour}"/>'
                   f'<text x="{x:.1f}" y="{bottom + 14}" text-anchor="middle">{tick:g}</text>')
    return out


def legend(names):
    out, x = [], LEFT
    for i, name in enumerate(names):
        out.append(mark(i, x, 16, COLOURS[i % len(COLOURS)]) + f'<text x="{x + 9}" y="20">{html.escape(name)}</text>')
        x += 22 + 7 * len(name)
    return out


def plot(title, rows, names):
    """`rows`: {program: {name: ratio}}."""
    ordered = sorted(rows.items(), key=lambda row: row[1][names[0]])
    means = {name: math.exp(statistics.fmean(math.log(row[name]) for row in rows.values())) for name in names}
    ordered.append(("geometric mean", means))
    values = [value for _, row in ordered for value in row.values()]
    low, high = min(values) * 0.95, max(max(values), 1.1) * 1.05
    bottom = TOP + ROW * len(ordered)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + RIGHT}" height="{bottom + 24}" '
           'font-family="sans-serif" font-size="12">',
           f"<title>{html.escape(title)}</title>",
           f'<rect width="{LEFT + WIDTH + RIGHT}" height="{bottom + 24}" fill="#fff"/>', *legend(names),
           *axis(low, high, bottom)]
    for i, (program, row) in enumerate(ordered):
        y = TOP + ROW * i + ROW // 2
        weight = ' font-weight="bold"' if program == "geometric mean" else ""
        out.append(f'<text x="{LEFT - 10}" y="{y + 4}" text-anchor="end"{weight}>{html.escape(program)}</text>')
        out += [mark(k, x_of(row[name], low, high), y, COLOURS[k % len(COLOURS)]) for k, name in enumerate(names)]
    return "\n".join(out + ["</svg>"]) + "\n"
