# SPDX-License-Identifier: MIT
"""Readers of the site: asks it for pages for a while, over a few connections, and says how it
answered. Only ever asks this machine.

usage: load.py PORT [--seconds S] [--requests N] [--readers N]
"""

import argparse
import http.client
import json
import random
import sys
import threading
import time

HOST = "127.0.0.1"
ARTICLES = 240
WORDS = ["cache", "queue", "thread", "index", "commit", "token", "heap", "parser", "lock"]


def choose(rng: random.Random) -> tuple[str, str, str | None]:
    """What a reader does next: method, path, body."""
    kind = rng.random()
    number = rng.randint(1, ARTICLES)
    if kind < 0.45:
        return "GET", f"/article/{number}", None
    if kind < 0.75:
        tag = rng.choice(["", "&tag=" + rng.choice(WORDS)])
        return "GET", f"/?page={rng.randint(1, 3)}{tag}", None
    if kind < 0.95:
        return "GET", "/api/search?q=" + "+".join(rng.sample(WORDS, 2)), None
    body = {"author": "Ada", "text": " ".join(rng.choices(WORDS, k=9))}
    return "POST", f"/api/article/{number}/comment", json.dumps(body)


class Load:
    def __init__(self, port: int, seconds: float, requests: int):
        self.port = port
        self.end = time.monotonic() + seconds
        self.left = requests
        self.lock = threading.Lock()
        self.times: list[float] = []
        self.errors: list[str] = []

    def another(self) -> bool:
        with self.lock:
            self.left -= 1
            return self.left >= 0 and time.monotonic() < self.end and len(self.errors) < 100

    def ask(self, connection: http.client.HTTPConnection, rng: random.Random) -> None:
        method, path, body = choose(rng)
        headers = {"Content-Type": "application/json"} if body else {}
        start = time.monotonic()
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            self.errors.append(f"{method} {path}: {error!r}")
            return
        if response.status >= 400:
            self.errors.append(f"{method} {path}: {response.status}")
        self.times.append(time.monotonic() - start)

    def reader(self, seed: int) -> None:
        rng = random.Random(seed)
        connection = http.client.HTTPConnection(HOST, self.port, timeout=30)
        while self.another():
            self.ask(connection, rng)
        connection.close()


def main() -> int:
    options = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1])
    options.add_argument("port", type=int)
    options.add_argument("--seconds", type=float, default=15)
    options.add_argument("--requests", type=int, default=50_000)
    options.add_argument("--readers", type=int, default=6)
    asked = options.parse_args()

    load = Load(asked.port, asked.seconds, asked.requests)
    readers = [threading.Thread(target=load.reader, args=(seed,), daemon=True)
               for seed in range(asked.readers)]
    start = time.monotonic()
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    elapsed = time.monotonic() - start

    times = sorted(load.times)
    if not times:
        print(f"load: no answer: {load.errors[:1]}", file=sys.stderr)
        return 1
    print(f"{len(times)} requests in {elapsed:.1f} s ({len(times) / elapsed:.0f}/s), "
          f"median {1000 * times[len(times) // 2]:.0f} ms, "
          f"99% {1000 * times[len(times) * 99 // 100]:.0f} ms, {len(load.errors)} errors")
    for error in load.errors[:3]:
        print("  " + error, file=sys.stderr)
    return 1 if load.errors else 0


if __name__ == "__main__":
    sys.exit(main())
