# SPDX-License-Identifier: MIT
"""What the page of a diff must show, counted anew from the texts of its two sides.

Nothing here is asked of our own code: trees, widths, places, colours and words are made from the
stacks that truth.show() gives of each side.
"""
from fractions import Fraction

import truth

GAP = 16  # pixels between the halves


class Node:
    def __init__(self, text):
        self.text = text
        self.self = [0, 0]
        self.total = [0, 0]
        self.callees = {}

    def only(self, side):
        return self.total[side] > 0 and not self.total[1 - side]


class Pair:
    """Both sides of a view in one tree; `sides` are two truth.show()."""

    def __init__(self, sides, runs=(1, 1), wholes=None, shares=False, unit="samples"):
        self.root = Node("all")
        for side, stacks in enumerate(sides):
            for stack, value in stacks.items():
                node = self.root
                node.total[side] += value
                for text in stack:
                    node = node.callees.setdefault(text, Node(text))
                    node.total[side] += value
                node.self[side] += value
        self.wholes = wholes or self.root.total
        self.runs, self.shares, self.unit = runs, shares, unit
        self.weights = [{}, {}]

    def scaled(self, value, side):
        if self.shares:
            return Fraction(value, self.wholes[side]) if self.wholes[side] else Fraction(0)
        return Fraction(value, self.runs[side])

    # ---- words ------------------------------------------------------------------------------

    def amount(self, value):
        """A value a run: hundredths where it is not whole and small."""
        whole = value.denominator == 1
        if whole or value >= 1000:
            text = f"{int(value + Fraction(1, 2)):,}"
        else:
            text = f"{int(value * 100 + Fraction(1, 2)) / 100:g}"
        return f"{text} {self.unit[:-1] if value == 1 else self.unit}"

    def change(self, values):
        base, head = (Fraction(v, n) for v, n in zip(values, self.runs))
        text = f"{self.amount(base)} → {self.amount(head)}"
        if base == head:
            return text
        sign = "+" if head > base else "−"
        if base and head // base >= 100:
            relative = f"×{int(head / base + Fraction(1, 2)):,}"
        elif base and head:
            ratio = abs(head - base) / base
            relative = sign + truth.percent(ratio.numerator, ratio.denominator)
        else:
            relative = "only in HEAD" if head else "only in BASE"
        return f"{text}, {sign}{self.amount(abs(head - base))} ({relative})"

    def share(self, values):
        base, head = (Fraction(v, w) if w else Fraction(0) for v, w in zip(values, self.wholes))
        hundredths = int(abs(head - base) * 10000 + Fraction(1, 2))
        sign = "" if not hundredths else "+" if head > base else "−"
        return (f"{truth.percent(base.numerator, base.denominator)} → "
                f"{truth.percent(head.numerator, head.denominator)}, "
                f"{sign}{hundredths // 100}.{hundredths % 100:02d} points")

    def lines(self, node):
        lines = [f"{word}: only in {name}" for word, name, side in
                 (("gone", "BASE", 0), ("new", "HEAD", 1)) if node.only(side)]
        if self.shares:
            lines.append("share " + self.share(node.total))
            if any(node.self):
                lines.append("share of self " + self.share(node.self))
        lines.append("total " + self.change(node.total))
        if any(node.self):
            lines.append("self " + self.change(node.self))
        if not self.shares:
            lines.append("share " + self.share(node.total))
        return lines

    # ---- colours ------------------------------------------------------------------------------

    def step(self, values, steps):
        """`steps`: from which hundredths of a percent on there is another colour.

        Of samples, each worth one: what is less than two deviations of them is no change.
        """
        base, head = (self.scaled(v, side) for side, v in enumerate(values))
        one, other = (self.scaled(1, side) for side in (0, 1))
        if (head - base) ** 2 < 4 * (base * one + head * other):
            return len(steps)
        whole = max(self.scaled(w, side) for side, w in enumerate(self.wholes))
        part = abs(head - base) / whole if whole else 0
        n = sum(part >= Fraction(limit, 10000) for limit in steps)
        return len(steps) + (n if head > base else -n)

    # ---- places -------------------------------------------------------------------------------

    def weight(self, node, main):
        """As wide as on the main side; what is not there as wide as on the other."""
        if node not in self.weights[main]:
            self.weights[main][node] = float(self.scaled(node.self[main], main)) + sum(
                self.weight(callee, main) for callee in node.callees.values()
            ) if node.total[main] else float(self.scaled(node.total[1 - main], 1 - main))
        return self.weights[main][node]

    def lay(self, width, pixels):
        """All boxes of a view that is not zoomed but the thinnest: [(level, x, width, node)]."""
        boxes = []
        if width == "both":
            half = (pixels - GAP) // 2
            values = [self.scaled(total, side) for side, total in enumerate(self.root.total)]
            scale = half / float(max(values))
            for side in (0, 1):
                self._lay(boxes, self.root, 1, side * (half + GAP), scale,
                          lambda node, side=side: float(self.scaled(node.total[side], side)), None)
        else:
            main = 1 if width == "head" else 0
            scale = pixels / self.weight(self.root, main)
            self._lay(boxes, self.root, 1, 0, scale, lambda node: self.weight(node, main), main)
        return boxes

    def _lay(self, boxes, node, level, x, scale, weigh, main):
        if weigh(node) * scale < 10:
            return
        boxes.append((level, x, weigh(node) * scale, node))
        for callee in sorted(node.callees.values(), key=lambda callee: (
                main is not None and not callee.total[main], callee.text)):
            self._lay(boxes, callee, level + 1, x, scale, weigh, main)
            x += weigh(callee) * scale


def pair_of(sides, runs=(1, 1), shares=False, whole=None, metric=0, unit="samples", **view):
    """The pair of two lists of samples (truth.Truth.samples), as truth.show() shows them."""
    wholes = [sum(values[metric] for _, values, *_ in samples) for samples in whole or sides]
    return Pair([truth.show(samples, metric=metric, **view) for samples in sides], runs, wholes,
                shares, unit)
