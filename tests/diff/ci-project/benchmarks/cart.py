# SPDX-License-Identifier: MIT
"""A workload of its own: the same work in every run."""

from shop.prices import parse, total

TEXT = "\n".join(f"thing {i};{i % 7};{i * 0.25}" for i in range(2000))


def main():
    for _ in range(150):
        total(parse(TEXT))


if __name__ == "__main__":
    main()
