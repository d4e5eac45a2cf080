# SPDX-License-Identifier: MIT
"""A flame graph's file as its reader finds it: XML, its boxes and columns, and what holds for all."""
import re
import unicodedata
import xml.parsers.expat

GRAPH_X, GRAPH_WIDTH = 12, 1176
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


class Element:
    def __init__(self, name, attributes, parent):
        self.name, self.attributes, self.parent = name, attributes, parent
        self.children, self.text = [], ""

    def all(self, name):
        found = [self] if self.name == name else []
        for child in self.children:
            found += child.all(name)
        return found

    def whole_text(self):
        """Of a text element: its own text and its spans', in their order."""
        return self.text + "".join(child.whole_text() for child in self.children)


def parse(data):
    root = at = Element(None, {}, None)
    parser = xml.parsers.expat.ParserCreate()
    parser.buffer_text = True

    def start(name, attributes):
        nonlocal at
        at.children.append(Element(name, attributes, at))
        at = at.children[-1]

    def end(_):
        nonlocal at
        at = at.parent

    def text(characters):
        at.text += characters

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = text
    parser.Parse(data, True)
    return root.children[0]


# ---- the data ------------------------------------------------------------------------

def numbers(column):
    out, value, shift = [], 0, 0
    for char in column:
        digit = BASE64.index(char)
        value |= (digit & 31) << shift
        shift += 5
        if not digit & 32:
            out.append(value)
            value = shift = 0
    return out


def references(column, first=0):
    out, used = [], 0
    for back in numbers(column):
        back -= first
        if back == 0:
            out.append(used)
            used += 1
        else:
            out.append(used - back if back > 0 else None)
    return out


def read_nodes(data):
    """The call tree in the file: of each node its caller's place and its text; the root's is ""."""
    frames = data["frames"]
    texts = []
    for name, file, line in zip(references(frames["name"]), references(frames["file"], 1),
                                numbers(frames["line"])):
        text = data["names"][name]
        if file is not None:
            text += f" ({data['files'][file]}{':' + str(line) if line else ''})"
        texts.append(text)
    path, nodes = [], []
    for up, frame in zip([0] + numbers(data["nodes"]["up"]), references(data["nodes"]["frame"])):
        if up:
            del path[-up:]
        nodes.append((path[-1] if path else None, texts[frame]))
        path.append(len(nodes) - 1)
    return nodes


def own_values(data, column):
    """By node, what was seen there in one column of the values."""
    values = [0] * (len(numbers(data["nodes"]["up"])) + 1)
    at = 0
    samples = data["samples"]
    for step, value in zip(numbers(samples["node"]), numbers(samples["values"][column])):
        at += step
        values[at] += value
    return values


# ---- the picture ---------------------------------------------------------------------

class Box:
    def __init__(self, group):
        self.rects = group.all("rect")
        rect = self.rects[0]
        self.x, self.y, self.width = (float(rect.attributes[k]) for k in ("x", "y", "width"))
        self.title = group.all("title")[0].text
        self.text = group.all("text")
        self.callees = []


def boxes_of(svg):
    frames = [g for g in svg.all("g") if g.attributes.get("id") == "frames"]
    return [Box(group) for group in frames[0].children] if frames else []


def hang(boxes):
    """Finds each box's caller by where it stands: the box just below it. True: all have one."""
    rows = {}
    for box in boxes:
        rows.setdefault(box.y, []).append(box)
    for box in boxes:
        if box is boxes[0]:
            continue
        callers = [b for b in rows.get(box.y + 17, ())
                   if b.x <= box.x + 0.001 and box.x + box.width <= b.x + b.width + 0.011]
        if not callers:
            return False
        callers[-1].callees.append(box)
    return True


def text_columns(text):
    return sum(0 if unicodedata.category(c) in ("Mn", "Me", "Cf") else
               2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def check_texts(checks, name, boxes, told=1):
    """`told` lines of a box's title come below its name."""
    over, bad_ends = [], []
    for box in boxes:
        for text in box.text:
            x, length = float(text.attributes["x"]), float(text.attributes["textLength"])
            if x < box.x or x + length > box.x + box.width:
                over.append(box.title)
            shown, full = text.whole_text(), box.title.rsplit("\n", told)[0]
            if shown != full and not (shown.endswith("…") and full.startswith(shown[:-1])):
                bad_ends.append((shown, full))
            if abs(length - 6.6 * text_columns(shown)) > 0.011 * len(shown):
                over.append((shown[:40], length, text_columns(shown)))
    checks.check(not over, f"{name}: no text leaves its box", over[:5])
    checks.check(not bad_ends, f"{name}: a cut text is a beginning and an ellipsis", bad_ends[:5])


def check_self_contained(checks, name, svg, known=("#hatch", "url(#hatch)")):
    """No attribute and no style points out of the file, no attribute is a handler."""
    links, handlers = [], []

    def walk(element):
        for key, value in element.attributes.items():
            if key.lower().startswith("on"):
                handlers.append((element.name, key))
            if key.endswith(("href", "src")) or "url(" in value:
                links.append(value)
        for child in element.children:
            walk(child)

    walk(svg)
    style, script = svg.all("style")[0].text, svg.all("script")[0].text
    links += re.findall(r"""url\(["']?([^"')]*)""", style) + re.findall(r"@import.*", style)
    links += re.findall(r"https?://[^'\"]*|fetch\(|XMLHttpRequest|import\(|WebSocket", script)
    known = (*known, "http://www.w3.org/1999/xhtml")
    foreign = [link for link in links if link not in known]
    checks.check(not foreign, f"{name}: nothing is fetched", foreign)
    checks.check(not handlers, f"{name}: no inline handler", handlers)
    checks.equal(len(svg.all("script")), 1, f"{name}: one script")
    checks.equal(len(svg.all("metadata")), 1, f"{name}: one data element")


def footer_of(svg):
    return [t.whole_text() for t in svg.all("text") if t.attributes.get("class") == "dim"]
