# SPDX-License-Identifier: MIT
"""Tables, as markdown."""

import statistics

COLUMNS = ["target", "tool", "achieved", "CPU µs a sample", "pyprof's", "of a CPU", "impossible",
           "truncated", "target lost", "peak MiB"]


def row(*cells):
    print("| " + " | ".join(cells) + " |", flush=True)


def heading(title, columns):
    print(f"\n### {title}\n")
    row(*columns)
    row(*["---" for _ in columns])


# ---- figures ------------------------------------------------------------------------

def figure(value, form):
    return "" if value is None else format(value, form)


def percent(value):
    return figure(value, ".1%")


def rate(value):
    return f"{value:,.0f} Hz" if value >= 100 else f"{value:.1f} Hz"


def microseconds(of):
    costs = sorted(run["cpu_us"] for run in of.runs)
    digits = 0 if costs[0] >= 100 else 1
    spread = f" ({costs[0]:,.{digits}f} to {costs[-1]:,.{digits}f})" if len(costs) > 1 else ""
    return f"{of.median('cpu_us'):,.{digits}f}{spread}"


def ratio(of, ours):
    """What pyprof uses a sample, by what this one does."""
    if of is ours or not ours.runs:
        return ""
    times = of.median("cpu_us") / ours.median("cpu_us")
    return f"1/{times:.1f}" if times >= 1 else f"{1 / times:.1f} times"


# ---- the tables ---------------------------------------------------------------------

def matrix_heading(title):
    heading(title, COLUMNS)


def matrix_rows(title, rows):
    """The tools on one target; those that failed with why, however often."""
    for of in rows:
        name = of.name
        if of.failures:
            name += f" (failed {len(of.failures)} of {len(of.failures) + len(of.runs)})"
        if of.runs:
            ours = of.name.startswith("pyprof")
            row(title, name, rate(of.median("rate")), microseconds(of), ratio(of, rows[0]),
                percent(of.median("core")), percent(of.median("impossible")),
                percent(of.median("truncated")) if ours else "", percent(of.median("lost")),
                figure(of.median("peak"), ".1f"))
        if of.failures:
            row(title, name, "failed: " + of.failures[0].replace("|", "/"), *[""] * 7)


def flat_heading():
    heading("Flat out: as fast as each can, one busy thread",
            ["target", "tool", "samples a second", "CPU µs a sample", "truncated",
             "target lost", "peak MiB"])


def flat_rows(title, rows):
    for of in rows:
        if of.runs:
            row(title, of.name, f"{of.median('rate'):,.0f}", microseconds(of),
                percent(of.median("truncated")) if of.name.startswith("pyprof") else "",
                percent(of.median("lost")), figure(of.median("peak"), ".1f"))
        if of.failures:
            row(title, of.name, "failed: " + of.failures[0].replace("|", "/"), *[""] * 4)


def loss_heading():
    heading("What the target lost to pyprof",
            ["target", "rate", "lost: median of turns", "standard error", "turns"])


def loss_row(title, hz, of):
    lost = [run["lost"] for run in of.runs]
    if lost:
        low, middle, high = statistics.quantiles(lost, n=4)
        # The median's, by the middle half of the turns.
        error = 1.25 * (high - low) / 1.35 / len(lost) ** 0.5
        row(title, rate(hz), f"{middle:.2%}", f"{error:.2%}", str(len(lost)))
    for failure in of.failures[:1]:
        row(title, rate(hz), "failed: " + failure.replace("|", "/"), "", "")
