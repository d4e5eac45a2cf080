# SPDX-License-Identifier: MIT
"""A pprof file, read anew from its published format and nothing of ours.

https://github.com/google/pprof/blob/main/proto/profile.proto
"""
import gzip


def varint(data, at):
    number, shift = 0, 0
    while True:
        byte = data[at]
        number |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return number, at


def fields(data):
    """(number, value) of each field: an integer, or bytes."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        elif key & 7 == 2:
            length, at = varint(data, at)
            value, at = data[at:at + length], at + length
        else:
            raise ValueError("a wire type that profile.proto has not: %d" % (key & 7))
        yield key >> 3, value


def numbers(values):
    """Repeated integers, packed or not."""
    for value in values:
        if isinstance(value, int):
            yield value
            continue
        at = 0
        while at < len(value):
            number, at = varint(value, at)
            yield number


def message(data):
    """{number: [values]}."""
    found = {}
    for number, value in fields(data):
        found.setdefault(number, []).append(value)
    return found


class Frame(tuple):
    """(name, file, line, column, start line)"""
    __slots__ = ()
    name = property(lambda self: self[0])
    file = property(lambda self: self[1])
    line = property(lambda self: self[2])


class Sample:
    """frames, root first; values, one a type; labels {key: text or number}"""

    def __init__(self, frames, values, labels):
        self.frames, self.values, self.labels = frames, values, labels


class Profile:
    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        top = message(data)
        self.texts = [text.decode("utf-8") for text in top[6]]
        self.types = [tuple(self.text(message(t), n) for n in (1, 2)) for t in top[1]]
        self.comments = [self.texts[n] for n in numbers(top.get(13, []))]
        self.period = top.get(12, [0])[0]
        self.duration = top.get(10, [0])[0]
        self.default = self.texts[top.get(14, [0])[0]]
        self.mappings = [(self.text(m, 5), self.text(m, 6)) for m in map(message, top.get(3, []))]
        functions = {}
        for function in map(message, top.get(5, [])):
            functions[function[1][0]] = (self.text(function, 2), self.text(function, 4),
                                         function.get(5, [0])[0])
        locations = {}
        for location in map(message, top.get(4, [])):
            lines = []
            for line in map(message, location.get(4, [])):
                name, file, start = functions[line[1][0]]
                lines.append(Frame((name, file, line.get(2, [0])[0], line.get(3, [0])[0],
                                    start)))
            locations[location[1][0]] = lines
        self.samples = [self.sample(message(data), locations) for data in top.get(2, [])]

    def text(self, found, number):
        return self.texts[found.get(number, [0])[0]]

    def sample(self, found, locations):
        frames = [frame for number in numbers(found.get(1, [])) for frame in locations[number]]
        labels = {}
        for label in map(message, found.get(3, [])):
            value = self.text(label, 2) if 2 in label else label.get(3, [0])[0]
            labels[self.text(label, 1)] = value
        return Sample(frames[::-1], list(numbers(found.get(2, []))), labels)

    def metric(self, name):
        return [kind for kind, _ in self.types].index(name)


def function(frame):
    return frame[0], frame[1], frame[4]


def by_function(profile, metric=0):
    """{(name, file, start): [self, total]}: a stack counts once for a function."""
    found = {}
    for sample in profile.samples:
        value = sample.values[metric]
        for key in {function(frame) for frame in sample.frames}:
            found.setdefault(key, [0, 0])[1] += value
        if sample.frames:
            found[function(sample.frames[-1])][0] += value
    return found


def stacks(profile, metric=0):
    """{frames: value}, of all samples with a value."""
    found = {}
    for sample in profile.samples:
        if sample.values[metric]:
            key = tuple(sample.frames)
            found[key] = found.get(key, 0) + sample.values[metric]
    return found
