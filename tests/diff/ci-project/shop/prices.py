# SPDX-License-Identifier: MIT
"""Prices of a cart: what the benchmarks exercise."""


def parse(text):
    """Lines of "apples;3;1.25" as (name, count, price)."""
    rows = []
    for line in text.splitlines():
        name, count, price = line.split(";")
        rows.append((name.strip(), int(count), float(price)))
    return rows


def total(rows):
    whole = 0.0
    for _, count, price in rows:
        whole += count * price
    return whole
