/* SPDX-License-Identifier: MIT */
#include "tui/head.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "tui/figure.h"
#include "tui/terminal.h"

/* Up to so many lines a screen is low: the head takes two, and no graphs. */
#define LOW	    15
#define NARROW	    60
#define WIDE	    160 /* all graphs in one row */
#define HIGH	    40 /* graphs have two lines */
#define GAUGE_TEXT  14 /* columns before the graph */

/* ---- asking ------------------------------------------------------------------------------ */

static double share(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

/*
 * What the looks of a span may be wrong by: they stand for the time since the one before, and the
 * span does not begin and end with them.
 */
static double off(const struct tui *tui)
{
	double seconds = (double)tui->span_ns[PYPROF_RECENT] / 1e9;
	double looks = tui->opts.rate_hz * seconds;

	return looks > 40 ? 0.05 : looks > 2 ? 2 / looks : 1;
}

/* What held a GIL since the last update, of all processes: of two that is up to 200%. */
static double gil_share(struct tui *tui)
{
	struct pyprof_live_thread few[64], *processes = few;
	_cleanup_free_ struct pyprof_live_thread *many = NULL;
	size_t n = 0, of = 0;
	double sum = 0;

	if (!tui->live || pyprof_live_processes(tui->live, few, ARRAY_SIZE(few), &n, &of, NULL))
		return 0;
	if (n < of && (many = calloc(of, sizeof(*many))) &&
	    !pyprof_live_processes(tui->live, many, of, &n, &of, NULL))
		processes = many;
	for (size_t i = 0; i < n; i++)
		sum += figure_share(share(processes[i].gil[PYPROF_RECENT],
					  tui->span_ns[PYPROF_RECENT]),
				    off(tui));
	return sum;
}

void head_sample(struct tui *tui, uint64_t now)
{
	struct head *head = &tui->head;
	struct pyprof_load load = PYPROF_LOAD_INIT;
	uint64_t own = clock_cpu_ns(), passed = now - head->sampled_ns;

	pyprof_recorder_stats(tui->recorder, &head->stats);
	if (head->sampled_ns && passed < HEAD_EVERY_NS / 2)
		return;
	pyprof_recorder_load(tui->recorder, &load);
	if (head->sampled_ns) {
		/* One that has ended took its time with it. */
		head->cpu_now = load.cpu_ns > head->cpu_ns ?
					share(load.cpu_ns - head->cpu_ns, passed) :
					0;
		head->own_now = share(own - head->own_ns, passed);
		if (!tui->frozen)
			head->gil_now = gil_share(tui);
		history_add(&head->cpu, head->cpu_now);
		history_add(&head->gil, head->gil_now);
		history_add(&head->own, head->own_now);
		history_add(&head->memory, (double)load.rss_bytes);
		history_add(&head->threads, load.threads);
	}
	head->sampled_ns = now;
	head->cpu_ns = load.cpu_ns;
	head->own_ns = own;
	head->load = load;
}

/* ---- drawing ------------------------------------------------------------------------------- */

static uint64_t sum(const uint64_t *counts)
{
	uint64_t total = 0;

	for (int i = 0; i < PYPROF_N_CAUSES; i++)
		total += counts[i];
	return total;
}

/* "pyprof top  PID 12 (+3)  Python 3.13.0  command", and the time at the right. */
static void draw_title(const struct tui *tui, int columns)
{
	const struct pyprof_load *load = &tui->head.load;
	char clock[FIGURE_MAX], of[FIGURE_MAX], time[2 * FIGURE_MAX + 8];
	int x = 0, end;

	figure_clock(tui->head.stats.elapsed_ns, clock);
	if (tui->opts.duration_ns)
		snprintf(time, sizeof(time), " %s of %s", clock,
			 figure_clock(tui->opts.duration_ns, of));
	else
		snprintf(time, sizeof(time), " %s", clock);
	end = columns - (int)strlen(time);
	if (columns >= NARROW)
		x += putf(0, x, columns, STYLE_TITLE, "pyprof %s  ", tui->opts.name);
	x += putf(0, x, columns - x, STYLE_STRONG, "PID %d",
		  (int)pyprof_recorder_pid(tui->recorder));
	if (load->processes > 1)
		x += putf(0, x, columns - x, STYLE_STRONG, " +%u", load->processes - 1);
	if (load->version && load->version[0])
		x += putf(0, x, columns - x, STYLE_PLAIN, "  Python %s", load->version);
	x += 2;
	if (load->command && load->command[0])
		put_cut(0, x, end - x - 1, STYLE_GOOD, load->command, LABEL_CUT_PATH);
	put(0, end, columns - end, STYLE_PLAIN, time);
}

static void add_share_of(struct str *out, uint64_t n, uint64_t of, const char *what)
{
	char count[FIGURE_MAX];

	str_printf(out, "%s %s", figure_count(n, count), what);
	if (n && of)
		str_printf(out, " (%.*f%%)", share(n, of) < 0.001 ? 2 : 1, 100 * share(n, of));
}

/* How true it is: parts as far as there is room for them, what went wrong in colour. */
static void draw_samples(const struct tui *tui, int y, int columns)
{
	const struct pyprof_stats *stats = &tui->head.stats;
	uint64_t truncated = sum(stats->truncated), failed = sum(stats->failed);
	uint64_t looks = stats->samples + failed;
	char text[FIGURE_MAX], rate[16], own[32];
	int x = 0;

	snprintf(rate, sizeof(rate), stats->rate_hz < 10 ? "%.2f" : "%.0f", stats->rate_hz);
	x += put(y, x, columns - x, STYLE_STRONG, figure_count(stats->samples, text));
	x += putf(y, x, columns - x, STYLE_PLAIN, " samples, %s/%g Hz", rate,
		  stats->rate_asked_hz);
	const struct {
		uint64_t n, of;
		const char *what;
		double bad; /* from this share on it is a warning */
	} parts[] = {
		{ truncated, stats->samples, "truncated", 0.05 },
		{ failed, looks, "failed", 0.01 },
		{ stats->late_ticks, stats->ticks + stats->late_ticks, "late", 0.05 },
	};
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		_cleanup_(str_deinit) struct str part = STR_INIT;

		add_share_of(&part, parts[i].n, parts[i].of, parts[i].what);
		if (x + 2 + (int)part.len > columns)
			return;
		x += 2 + put(y, x + 2, columns, share(parts[i].n, parts[i].of) >= parts[i].bad &&
							 parts[i].n ?
						 STYLE_WARNING :
						 STYLE_PLAIN,
			     str_cstr(&part));
	}
	snprintf(own, sizeof(own), "pyprof %.1f%% CPU", 100 * tui->head.own_now);
	if (x + 2 + (int)strlen(own) > columns)
		own[strlen(own) - 4] = '\0'; /* without the unit */
	if (x + 2 + (int)strlen(own) <= columns)
		put(y, x + 2, columns - x - 2, STYLE_DIM, own);
}

struct gauge {
	const char *label;
	char value[24];
	const struct history *graph;
	double full; /* 0: what is the highest in sight */
	enum style style;
};

/* Of the first second nothing is, nor of now once it is over: graphs show what was. */
static bool is_known(const struct tui *tui)
{
	return tui->head.cpu.n > 0 && !tui->over;
}

static size_t make_gauges(const struct tui *tui, struct gauge *gauges)
{
	const struct head *head = &tui->head;
	char text[FIGURE_MAX];
	double cpu_full = history_highest(&head->cpu, HISTORY_KEPT);
	double gil_full = history_highest(&head->gil, HISTORY_KEPT);
	double known = is_known(tui) ? 1 : 0;

	gauges[0] = (struct gauge){ .label = "CPU",
				    .graph = &head->cpu,
				    .full = cpu_full > 1 ? cpu_full : 1,
				    .style = STYLE_GRAPH };
	figure_percent(known * head->cpu_now, known, gauges[0].value);
	gauges[1] = (struct gauge){ .label = "GIL",
				    .graph = &head->gil,
				    .full = gil_full > 1 ? gil_full : 1,
				    .style = STYLE_WARNING };
	figure_percent(known * head->gil_now, known, gauges[1].value);
	gauges[2] = (struct gauge){ .label = "mem", .graph = &head->memory, .style = STYLE_TITLE };
	snprintf(gauges[2].value, sizeof(gauges[2].value), "%s",
		 tui->over ? "-" : figure_bytes(head->load.rss_bytes, text));
	gauges[3] = (struct gauge){ .label = "threads",
				    .graph = &head->threads,
				    .style = STYLE_DIM };
	snprintf(gauges[3].value, sizeof(gauges[3].value), tui->over ? "-" : "%u",
		 head->load.threads);
	return 4;
}

static void draw_gauge(const struct gauge *gauge, int y, int x, int columns, int lines)
{
	int width = columns - GAUGE_TEXT - 2;
	double full = gauge->full;

	put(y, x, 8, STYLE_PLAIN, gauge->label);
	put_right(y, x + (int)strlen(gauge->label), GAUGE_TEXT - 1 - (int)strlen(gauge->label),
		  STYLE_STRONG, gauge->value);
	if (width < 4)
		return;
	/* Where nothing else is known a number that stays the same is half as high. */
	if (full == 0)
		full = 1.25 * history_highest(gauge->graph, width);
	for (int i = 0; i < lines; i++) {
		_cleanup_(str_deinit) struct str line = STR_INIT;

		history_line(&line, gauge->graph, width, lines, i, full, terminal_is_utf8());
		colors_set(gauge->style);
		put_raw(y + i, x + GAUGE_TEXT, str_cstr(&line));
	}
}

static int graph_lines(int lines)
{
	return lines >= HIGH ? 2 : 1;
}

static int gauges_a_row(int columns)
{
	return columns >= WIDE ? 4 : 2;
}

int head_lines(int lines, int columns)
{
	if (lines <= LOW)
		return 2;
	return 2 + 4 / gauges_a_row(columns) * graph_lines(lines);
}

/* The two lines of a low screen: what matters most, without graphs. */
static void draw_short(const struct tui *tui, int columns)
{
	const struct head *head = &tui->head;
	char memory[FIGURE_MAX], samples[FIGURE_MAX];
	int x;

	if (is_known(tui))
		x = putf(1, 0, columns, STYLE_STRONG, "CPU %.0f%% GIL %.0f%%", 100 * head->cpu_now,
			 100 * head->gil_now);
	else
		x = put(1, 0, columns, STYLE_STRONG, "CPU - GIL -");
	if (!tui->over)
		x += putf(1, x, columns - x, STYLE_PLAIN, " mem %s thr %u",
			  figure_bytes(head->load.rss_bytes, memory), head->load.threads);
	putf(1, x, columns - x, STYLE_PLAIN, "  %s samples",
	     figure_count(head->stats.samples, samples));
}

void head_draw(const struct tui *tui, int lines, int columns)
{
	struct gauge gauges[4];
	size_t n = make_gauges(tui, gauges);
	int a_row = gauges_a_row(columns), high = graph_lines(lines);

	draw_title(tui, columns);
	if (lines <= LOW) {
		draw_short(tui, columns);
		return;
	}
	draw_samples(tui, 1, columns);
	for (size_t i = 0; i < n; i++) {
		int place = (int)i % a_row, width = columns / a_row;

		draw_gauge(&gauges[i], 2 + (int)i / a_row * high, place * width, width, high);
	}
}
