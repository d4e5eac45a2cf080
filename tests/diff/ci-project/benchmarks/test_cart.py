# SPDX-License-Identifier: MIT
from benchmarks.cart import TEXT
from shop.prices import parse, total


def test_parse(benchmark):
    rows = benchmark.pedantic(parse, args=(TEXT,), rounds=300)
    assert len(rows) == 2000


def test_total(benchmark):
    rows = parse(TEXT)
    assert benchmark.pedantic(total, args=(rows,), rounds=600) > 0
