# SPDX-License-Identifier: MIT
"""Profiles to draw, as tests/tools/render-profile.c reads them; the same ones every time.

    workloads.py NAME [COUNT] > profile        workloads.py --list

COUNT is for those that come in any size: stacks, or levels.
"""
import random
import sys
from urllib.parse import quote_from_bytes

PYTHON = "/opt/python/lib/python3.12/"
SITE = PYTHON + "site-packages/"
APP = "/srv/shop/"


def enc(text):
    if isinstance(text, str):
        text = text.encode("utf-8", "surrogatepass")
    return quote_from_bytes(text, safe="/<>.:[]()")


def frame(name, path, start, line):
    return f"{enc(name)},{enc(path)},{start},{line}"


def sample(out, value, frames, thread=(101, "MainThread"), marks=0):
    """The value may be a list, one for each metric; the thread may go on with PID and command."""
    values = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
    who = ",".join(enc(str(part)) for part in thread)
    out.append(" ".join([values, who, str(marks), *frames]))


def info(out, **stats):
    out.append("!command " + enc("/srv/shop/venv/bin/gunicorn --workers 4 --bind 0.0.0.0:8000 "
                                 "shop.wsgi:application"))
    out += ["!python 3.12.1", "!cwd " + enc(APP), "!pid 4242", "!start 1764000000000000000"]
    out += [f"!stat {key.replace('__', '.')} {value}" for key, value in stats.items()]


# A web service: what calls what, with relative weights. name: (file, line, self, callees)
SERVICE = {
    "<module>": (APP + "venv/bin/gunicorn", 8, 0, {"run": 1}),
    "run": (SITE + "gunicorn/app/wsgiapp.py", 67, 0, {"WSGIApplication.run": 1}),
    "WSGIApplication.run": (SITE + "gunicorn/app/base.py", 231, 0, {"Arbiter.run": 1}),
    "Arbiter.run": (SITE + "gunicorn/arbiter.py", 202, 0, {"Arbiter.spawn_worker": 1}),
    "Arbiter.spawn_worker": (SITE + "gunicorn/arbiter.py", 594, 0, {"SyncWorker.run": 1}),
    "SyncWorker.run": (SITE + "gunicorn/workers/sync.py", 124, 1,
                       {"SyncWorker.handle": 60, "SyncWorker.wait": 1}),
    "SyncWorker.wait": (SITE + "gunicorn/workers/sync.py", 35, 3, {}),
    "SyncWorker.handle": (SITE + "gunicorn/workers/sync.py", 135, 1,
                          {"SyncWorker.handle_request": 50, "RequestParser.__next__": 4}),
    "RequestParser.__next__": (SITE + "gunicorn/http/parser.py", 42, 1, {"Request.parse": 3}),
    "Request.parse": (SITE + "gunicorn/http/message.py", 71, 2, {"Request.parse_headers": 3}),
    "Request.parse_headers": (SITE + "gunicorn/http/message.py", 111, 4, {}),
    "SyncWorker.handle_request": (SITE + "gunicorn/workers/sync.py", 178, 1,
                                  {"Flask.__call__": 80, "Response.write": 4}),
    "Response.write": (SITE + "gunicorn/http/wsgi.py", 331, 2, {"util.write": 2}),
    "util.write": (SITE + "gunicorn/util.py", 299, 4, {}),
    "Flask.__call__": (SITE + "flask/app.py", 1498, 0, {"Flask.wsgi_app": 1}),
    "Flask.wsgi_app": (SITE + "flask/app.py", 1473, 1,
                       {"Flask.full_dispatch_request": 50, "RequestContext.push": 3}),
    "RequestContext.push": (SITE + "flask/ctx.py", 382, 2, {"MapAdapter.match": 3}),
    "MapAdapter.match": (SITE + "werkzeug/routing/map.py", 624, 3,
                         {"StateMachineMatcher.match": 4}),
    "StateMachineMatcher.match": (SITE + "werkzeug/routing/matcher.py", 151, 1, {"_match": 3}),
    "_match": (SITE + "werkzeug/routing/matcher.py", 96, 5, {"_match": 2}),
    "Flask.full_dispatch_request": (SITE + "flask/app.py", 880, 1,
                                    {"Flask.dispatch_request": 60, "Flask.finalize_request": 5}),
    "Flask.finalize_request": (SITE + "flask/app.py", 902, 2,
                               {"SecureCookieSessionInterface.save_session": 4}),
    "SecureCookieSessionInterface.save_session": (SITE + "flask/sessions.py", 345, 2,
                                                  {"URLSafeTimedSerializer.dumps": 3}),
    "URLSafeTimedSerializer.dumps": (SITE + "itsdangerous/serializer.py", 294, 3,
                                     {"JSONEncoder.encode": 2, "new": 2}),
    "new": (PYTHON + "hmac.py", 176, 4, {}),
    "Flask.dispatch_request": (SITE + "flask/app.py", 865, 0,
                               {"order_list": 30, "checkout": 24, "search": 16, "home": 8}),
    "order_list": (APP + "shop/views/orders.py", 41, 2,
                   {"Query.all": 30, "render_template": 22, "price_of": 9}),
    "checkout": (APP + "shop/views/checkout.py", 77, 2,
                 {"Cart.totals": 22, "Session.commit": 14, "reserve_stock": 9}),
    "search": (APP + "shop/views/search.py", 23, 3, {"Index.query": 16, "render_template": 7}),
    "home": (APP + "shop/views/home.py", 12, 1, {"render_template": 8}),
    "Cart.totals": (APP + "shop/cart.py", 88, 4, {"<genexpr>": 9, "price_of": 12}),
    "<genexpr>": (APP + "shop/cart.py", 91, 5, {"price_of": 6}),
    "price_of": (APP + "shop/pricing.py", 19, 6, {"Decimal.quantize": 4, "discounts_for": 7}),
    "Decimal.quantize": (PYTHON + "_pydecimal.py", 2580, 5, {}),
    "discounts_for": (APP + "shop/pricing.py", 54, 7, {"<listcomp>": 5}),
    "<listcomp>": (APP + "shop/pricing.py", 58, 6, {}),
    "reserve_stock": (APP + "shop/stock.py", 31, 2, {"HTTPAdapter.send": 7}),
    "HTTPAdapter.send": (SITE + "requests/adapters.py", 667, 1,
                         {"HTTPConnectionPool.urlopen": 6}),
    "HTTPConnectionPool.urlopen": (SITE + "urllib3/connectionpool.py", 789, 2,
                                   {"HTTPResponse.begin": 5}),
    "HTTPResponse.begin": (PYTHON + "http/client.py", 331, 1, {"SocketIO.readinto": 4}),
    "SocketIO.readinto": (PYTHON + "socket.py", 707, 6, {}),
    "Index.query": (APP + "shop/search/index.py", 112, 5,
                    {"tokenize": 6, "score": 10, "sorted_by": 2}),
    "tokenize": (APP + "shop/search/text.py", 17, 3, {"sub": 4}),
    "sub": (PYTHON + "re/__init__.py", 185, 4, {}),
    "score": (APP + "shop/search/index.py", 140, 8, {"<lambda>": 4}),
    "<lambda>": (APP + "shop/search/index.py", 151, 6, {}),
    "sorted_by": (APP + "shop/search/index.py", 160, 3, {}),
    "Query.all": (SITE + "sqlalchemy/orm/query.py", 2673, 1,
                  {"Session.execute": 20, "instances": 16}),
    "Session.execute": (SITE + "sqlalchemy/orm/session.py", 2308, 1,
                        {"Connection.execute": 20, "compile_state": 6}),
    "compile_state": (SITE + "sqlalchemy/orm/context.py", 312, 4, {"visit_select": 5}),
    "visit_select": (SITE + "sqlalchemy/sql/compiler.py", 4716, 4, {"visit_column": 4}),
    "visit_column": (SITE + "sqlalchemy/sql/compiler.py", 2401, 5, {}),
    "Connection.execute": (SITE + "sqlalchemy/engine/base.py", 1416, 1,
                           {"Connection._execute_context": 10}),
    "Connection._execute_context": (SITE + "sqlalchemy/engine/base.py", 1967, 2,
                                    {"DefaultDialect.do_execute": 10}),
    "DefaultDialect.do_execute": (SITE + "sqlalchemy/engine/default.py", 924, 12, {}),
    "instances": (SITE + "sqlalchemy/orm/loading.py", 220, 4, {"_instance": 12}),
    "_instance": (SITE + "sqlalchemy/orm/loading.py", 1046, 6, {"process": 6}),
    "process": (SITE + "sqlalchemy/sql/sqltypes.py", 1822, 4, {"loads": 5}),
    "loads": (PYTHON + "json/__init__.py", 346, 1, {"JSONDecoder.decode": 4}),
    "JSONDecoder.decode": (PYTHON + "json/decoder.py", 337, 1, {"JSONDecoder.raw_decode": 4}),
    "JSONDecoder.raw_decode": (PYTHON + "json/decoder.py", 353, 8, {}),
    "Session.commit": (SITE + "sqlalchemy/orm/session.py", 1969, 1, {"flush": 9}),
    "flush": (SITE + "sqlalchemy/orm/session.py", 4352, 2, {"UOWTransaction.execute": 6}),
    "UOWTransaction.execute": (SITE + "sqlalchemy/orm/unitofwork.py", 466, 1, {"save_obj": 6}),
    "save_obj": (SITE + "sqlalchemy/orm/persistence.py", 93, 3, {"Connection.execute": 6}),
    "render_template": (SITE + "flask/templating.py", 150, 1, {"Template.render": 12}),
    "Template.render": (SITE + "jinja2/environment.py", 1299, 1, {"root": 12}),
    "root": (APP + "shop/templates/page.html", 14, 3, {"block_content": 12}),
    "block_content": (APP + "shop/templates/orders.html", 22, 6, {"macro": 6, "format_money": 3}),
    "macro": (SITE + "jinja2/runtime.py", 777, 3, {"escape": 4}),
    "escape": (SITE + "markupsafe/__init__.py", 41, 5, {}),
    "format_money": (APP + "shop/filters.py", 9, 4, {"currency": 3}),
    "currency": (PYTHON + "locale.py", 263, 5, {}),
    "JSONEncoder.encode": (PYTHON + "json/encoder.py", 200, 4, {}),
}


def walk_service(rng):
    """One stack, root first: at each frame stop or go on, by the weights."""
    stack, name = [], "<module>"
    while True:
        path, line, own, callees = SERVICE[name]
        pick = rng.uniform(0, own + sum(callees.values()))
        for site, (callee, weight) in enumerate(callees.items()):
            if pick < weight:
                break
            pick -= weight
        else:
            # The leaf is caught on one of a few lines, its callers where they call.
            stack.append(frame(name, path, line, line + rng.choice((0, 0, 0, 2, 3))))
            return stack
        stack.append(frame(name, path, line, line + 1 + 4 * site))
        name = callee


def background(rng):
    tick = frame("Metrics._run", APP + "shop/metrics.py", 30, 44)
    boot = [frame("Thread._bootstrap", PYTHON + "threading.py", 1001, 1030),
            frame("Thread._bootstrap_inner", PYTHON + "threading.py", 1033, 1073),
            frame("Thread.run", PYTHON + "threading.py", 1003, 1010)]
    leaf = rng.choice((frame("Metrics.flush", APP + "shop/metrics.py", 60, 66),
                       frame("socket.send", PYTHON + "socket.py", 500, 510)))
    return boot + [tick, leaf]


def web(out, n=30000):
    """A web service under load: the picture that one expects."""
    rng = random.Random(7)
    info(out, ticks=6000, late_ticks=3, samples=n, elapsed_ns=60000000000, rate_asked_hz=500,
         rate_hz=499.6, idle=2210, truncated__moved=61, truncated__fault=2, failed__broken=4)
    for i in range(n):
        marks = 1 if i % 480 == 7 else 0
        if i % 17:
            sample(out, 1, walk_service(rng), marks=marks)
        else:
            sample(out, 1, background(rng), (102, "metrics"), marks)


HOSTILE = [
    "<module>", "</script>", "]]>", "a & b", "\"double\" 'single'", "x\x00y\x01z\x1b[31mred",
    "line\nbreak\ttab\r", "\ufffe\uffff\ufdd0", "lone \ud800 high", "low \udfff lone",
    "abc\u202egnp.exe", "\u200fmark\u200e \u2066isolate\u2069", "naïve_größe", "名前_関数名",
    "שלום_עולם", "مرحبا", "𝒻𝓊𝓃𝒸", "👩‍👩‍👧 family", "e" + "\u0301" * 40, "  two  spaces  ",
    "<!-- c -->", "<![CDATA[", "&lt;not&amp;", "javascript:alert(1)", "' onload='alert(1)",
    "{\"json\": \"}\"}", "back\\slash", "%s%n%d", "[truncated]", "all", "… 3 more", "",
    "x" * 10000, "長" * 5000, "\U0001f600" * 2500, b"bytes \xff\xfe\x80 end", "\u2028\u2029",
    "a;b;c", "name (file.py:3)", "\ufeffbom", "\U000e0041tag",
]


def hostile(out):
    """Names that mean harm, each as a wide leaf and as a deep stack of all."""
    info(out, ticks=10, samples=2 * len(HOSTILE), elapsed_ns=1, rate_asked_hz=1000.5)
    out[0] = "!command " + enc("python </title><script>alert(1)</script> ]]> \x01 \ud800 \u202e")
    for i, name in enumerate(HOSTILE):
        path = HOSTILE[-i] if i % 3 else APP + "evil.py"
        sample(out, 5, [frame("main", APP + "main.py", 1, i + 1), frame(name, path, 1, i)],
               (i, name), i % 2)
    sample(out, 40, [frame(name, "", 0, 0) for name in HOSTILE])


def deep(out, depth=100000):
    """One recursion, far deeper than a picture is high."""
    info(out, ticks=100, samples=101, elapsed_ns=1000000000, rate_asked_hz=100, rate_hz=100,
         truncated__depth=1)
    down = [frame("descend", APP + "deep.py", 3, 4)] * depth
    sample(out, 100, down)
    sample(out, 1, down[:30] + [frame("other", APP + "deep.py", 9, 9)], marks=1)


def wide(out, n=30000):
    """So many unique stacks, of 20 to 30 frames: nothing of it may be lost."""
    rng = random.Random(5)
    info(out, ticks=n, samples=n, elapsed_ns=100000000000, rate_asked_hz=1000, rate_hz=999.9)
    names = [frame(f"function_{i}", f"{SITE}package{i % 40}/module{i % 300}.py", i, i + 1)
             for i in range(3000)]
    for i in range(n):
        r = int(n * rng.random() ** 2)
        stack = [names[(r >> s) * 7 % 50 + s] for s in range(18, 0, -1)]
        sample(out, 1 + r % 3, stack + [names[i % 3000], names[i // 3000 % 2900 + 100]])


def many(out, n=100000):
    """A hundred thousand callees of one frame, all alike: only gathered they can be seen."""
    info(out, ticks=1, samples=n)
    for i in range(n):
        sample(out, 1, [frame("main", APP + "main.py", 1, 2),
                        frame(f"f{i}", APP + "many.py", i, i)])


def empty(out):
    """A recording that saw nothing running."""
    info(out, ticks=500, late_ticks=1, elapsed_ns=5000000000, rate_asked_hz=100, rate_hz=100,
         idle=1500)


def bare(out):
    """A profile that knows nothing of its recording, in time: as read from a file."""
    out.append("!metric wall nanoseconds")
    main = frame("main", "main.py", 1, 2)
    sample(out, 2249250000, [main])
    sample(out, 1500000000, [main, frame("sleepy", "main.py", 4, 5)])
    sample(out, 750000, [main, frame("brief", "main.py", 8, 9)])
    sample(out, 250000000, [frame("main", "main.py", 1, 3)])


def huge(out):
    """Values near the end of 64 bits: nothing overflows."""
    out.append("!metric wall nanoseconds")
    for name in "abc":
        sample(out, 2 ** 62, [frame("main", "main.py", 1, 2), frame(name, "main.py", 3, 4)])
    sample(out, 1, [frame("main", "main.py", 1, 9)])


def rich(out, n=4000):
    """Two processes of three threads, five metrics, recursion, libraries, truncated stacks."""
    rng = random.Random(11)
    for name, unit in (("samples", "count"), ("wall", "nanoseconds"), ("cpu", "nanoseconds"),
                       ("gil", "nanoseconds"), ("page-faults", "count")):
        out.append(f"!metric {name} {unit}")
    info(out, ticks=n, samples=n, elapsed_ns=40000000000, rate_asked_hz=100, rate_hz=100,
         truncated__moved=n // 50)
    walk = [frame("walk", APP + "shop/tree.py", 10, 12), frame("walk", APP + "shop/tree.py", 10, 14)]
    leaves = [frame("Node.weigh", APP + "shop/tree.py", 30, line) for line in (31, 31, 32, 35)]
    loads = [frame("loads", PYTHON + "json/__init__.py", 299, 346),
             frame("JSONDecoder.decode", PYTHON + "json/decoder.py", 332, 337)]
    for i in range(n):
        worker = i % 2
        process = (4242 + worker, f"worker {worker}")
        if i % 5 == 0:
            wall, cpu = 10000000, 0
            stack = [frame("Pool._wait", APP + "shop/pool.py", 50, 57 + i % 3)]
            thread = (300 + worker, "idle")
        else:
            wall, cpu = 10000000, rng.randrange(2000000, 10000000)
            stack = [frame("main", APP + "shop/__main__.py", 1, 40 + i % 2)]
            if i % 3:
                stack += [rng.choice(walk) for _ in range(rng.randrange(1, 9))]
            else:
                stack += loads
                if i % 2:
                    stack += [frame("hook", APP + "shop/hooks.py", 5, 8)]
            stack.append(rng.choice(leaves))
            thread = (100 + worker, "MainThread") if i % 7 else (200 + worker, "helper")
        gil = cpu // 2 if i % 4 else 0
        sample(out, (1, wall, cpu, gil, rng.randrange(3) if cpu else 0), stack, thread + process,
               1 if i % 50 == 3 else 0)


WORKLOADS = {f.__name__: f for f in (web, hostile, deep, wide, many, empty, bare, huge, rich)}


def main():
    if sys.argv[1:] == ["--list"]:
        print("\n".join(WORKLOADS))
        return
    out = []
    WORKLOADS[sys.argv[1]](out, *map(int, sys.argv[2:]))
    sys.stdout.write("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
