# SPDX-License-Identifier: MIT
"""From Markdown to HTML, and which articles are like each other."""

import math
import re
from collections import Counter

import markdown

WORD = re.compile(r"[a-z]{3,}")


def to_html(text: str) -> str:
    return markdown.markdown(
        text, extensions=["fenced_code", "codehilite", "toc"],
        extension_configs={"codehilite": {"guess_lang": False}})


class Likeness:
    """Articles as vectors of how often they use each word, rare words counting more."""

    def __init__(self, texts: dict[int, str]):
        counts = {key: Counter(WORD.findall(text.lower())) for key, text in texts.items()}
        used = Counter(word for count in counts.values() for word in count)
        self.vectors = {
            key: {word: n * math.log(len(texts) / used[word]) for word, n in count.items()}
            for key, count in counts.items()
        }
        self.lengths = {
            key: math.sqrt(sum(weight * weight for weight in vector.values())) or 1.0
            for key, vector in self.vectors.items()
        }

    def cosine(self, a: int, b: int) -> float:
        one, other = self.vectors[a], self.vectors[b]
        dot = sum(weight * other[word] for word, weight in one.items() if word in other)
        return dot / (self.lengths[a] * self.lengths[b])

    def most_like(self, key: int, limit: int = 5) -> list[tuple[int, float]]:
        scored = ((other, self.cosine(key, other)) for other in self.vectors if other != key)
        return sorted(scored, key=lambda pair: -pair[1])[:limit]
