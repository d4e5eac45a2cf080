/* SPDX-License-Identifier: MIT */
/*
 * live-dump PID SECONDS METRIC FILE: watches a recording, asks at each tick, and says what the
 * answers were at the end, as lines of fields between tabs, with what was recent added up over all
 * updates. FILE is the recording itself.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libpyprof.h"

#define MAX 4096

static struct pyprof_live *live;
static const char *metric = "";
static struct pyprof_live_query query = PYPROF_LIVE_QUERY_INIT;
static struct pyprof_live_row rows[MAX], calls[MAX];
static struct pyprof_live_box boxes[MAX];
static uint64_t recent_self[2][MAX + 1], recent_total[2][MAX + 1]; /* by line or not, and by id */
static uint64_t recent_whole, recent_calls, recent_boxes;
static size_t n_rows, n_calls, of;
static unsigned updates;

static void check(enum pyprof_status status, const struct pyprof_error *err)
{
	if (!status)
		return;
	fprintf(stderr, "live-dump: %s\n", err->message);
	exit(1);
}

/* Ids are those of functions or locations, and small here. */
static size_t place(uint32_t id)
{
	if (id == PYPROF_LIVE_TRUNCATED)
		return MAX;
	if (id < MAX)
		return id;
	fprintf(stderr, "live-dump: a row has id %" PRIu32 "\n", id);
	exit(1);
}

static void ask(bool by_line)
{
	struct pyprof_error err;
	uint64_t whole[PYPROF_N_SPANS];

	query.by_line = by_line;
	check(pyprof_live_rows(live, &query, rows, MAX, &n_rows, &of, whole, &err), &err);
	if (!by_line)
		recent_whole += whole[PYPROF_RECENT];
	for (size_t i = 0; i < n_rows; i++) {
		recent_self[by_line][place(rows[i].id)] += rows[i].self[PYPROF_RECENT];
		recent_total[by_line][place(rows[i].id)] += rows[i].total[PYPROF_RECENT];
	}
}

static void tick(struct pyprof_recorder *recorder, void *arg)
{
	struct pyprof_error err;
	uint64_t whole;
	size_t n;

	(void)recorder;
	(void)arg;
	check(pyprof_live_update(live, &err), &err);
	ask(true);
	ask(false);
	check(pyprof_live_flame(live, &query, PYPROF_RECENT, PYPROF_LIVE_ANY, 1, boxes, MAX, &n,
				&whole, &err),
	      &err);
	recent_boxes += whole;
	if (n_rows) {
		check(pyprof_live_callers(live, &query, 0, calls, MAX, &n_calls, &of, &err), &err);
		for (size_t i = 0; i < n_calls; i++)
			recent_calls += calls[i].total[PYPROF_RECENT];
	}
	updates++;
}

static void print_rows(bool by_line)
{
	struct pyprof_error err;

	query.by_line = by_line;
	query.sort = PYPROF_LIVE_TOTAL_ALL;
	check(pyprof_live_rows(live, &query, rows, MAX, &n_rows, &of, NULL, &err), &err);
	for (size_t i = 0; i < n_rows; i++)
		printf("row\t%d\t%s\t%s\t%d\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n",
		       by_line, rows[i].name, rows[i].file, by_line ? rows[i].line : 0,
		       rows[i].self[PYPROF_ALL], rows[i].total[PYPROF_ALL],
		       recent_self[by_line][place(rows[i].id)],
		       recent_total[by_line][place(rows[i].id)]);
}

/* Every call, once from either end. */
static void print_calls(void)
{
	struct pyprof_error err;

	for (size_t i = 0; i < n_rows; i++) {
		check(pyprof_live_callers(live, &query, rows[i].id, calls, MAX, &n_calls, &of, &err),
		      &err);
		for (size_t k = 0; k < n_calls; k++)
			printf("caller\t%s\t%s\t%" PRIu64 "\n", rows[i].name, calls[k].name,
			       calls[k].total[PYPROF_ALL]);
		check(pyprof_live_callees(live, &query, rows[i].id, calls, MAX, &n_calls, &of, &err),
		      &err);
		for (size_t k = 0; k < n_calls; k++)
			printf("callee\t%s\t%s\t%" PRIu64 "\n", rows[i].name, calls[k].name,
			       calls[k].total[PYPROF_ALL]);
	}
}

static void print_boxes(void)
{
	struct pyprof_error err;
	uint64_t whole;
	size_t n;

	check(pyprof_live_flame(live, &query, PYPROF_ALL, PYPROF_LIVE_ANY, 1, boxes, MAX, &n, &whole,
				&err),
	      &err);
	for (size_t i = 1; i < n; i++) {
		printf("box\t%" PRIu64 "\t%s", boxes[i].to - boxes[i].from, boxes[i].name);
		for (size_t at = boxes[i].parent; at; at = boxes[at].parent)
			printf(";%s", boxes[at].name);
		putchar('\n');
	}
}

/* Of the metrics that threads have, the one that was asked for. */
static uint64_t value_of(const struct pyprof_live_thread *thread)
{
	if (!strcmp(metric, "gil-wait"))
		return thread->gil_wait[PYPROF_ALL];
	if (!strcmp(metric, "gil"))
		return thread->gil[PYPROF_ALL];
	if (!strcmp(metric, "cpu"))
		return thread->cpu[PYPROF_ALL];
	return strcmp(metric, "wall") ? thread->samples[PYPROF_ALL] :
					      thread->wall[PYPROF_ALL];
}

static void print_threads(void)
{
	static struct pyprof_live_thread threads[MAX];
	struct pyprof_error err;
	size_t n;

	check(pyprof_live_threads(live, threads, MAX, &n, &of, &err), &err);
	for (size_t i = 0; i < n; i++)
		printf("thread\t%" PRIu64 "\t%" PRIu64 "\n", threads[i].tid,
		       value_of(&threads[i]));
	check(pyprof_live_processes(live, threads, MAX, &n, &of, &err), &err);
	for (size_t i = 0; i < n; i++)
		printf("process\t%" PRIu64 "\t%" PRIu64 "\n", threads[i].pid,
		       value_of(&threads[i]));
}

int main(int argc, char **argv)
{
	struct pyprof_record_opts opts = PYPROF_RECORD_OPTS_INIT;
	struct pyprof_recorder *recorder;
	struct pyprof_error err;
	enum pyprof_end end;

	if (argc != 5) {
		fprintf(stderr, "usage: live-dump PID SECONDS METRIC FILE\n");
		return 2;
	}
	opts.duration_ns = (uint64_t)(atof(argv[2]) * 1e9);
	query.metric = metric = argv[3];
	check(pyprof_recorder_attach(&recorder, atoi(argv[1]), &opts, &err), &err);
	check(pyprof_live_create(&live, recorder, &err), &err);
	check(pyprof_recorder_run(recorder, tick, NULL, &end, &err), &err);
	tick(recorder, NULL);
	printf("recent\t%u\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n", updates, recent_whole,
	       recent_boxes, recent_calls);
	print_rows(true);
	print_rows(false);
	print_calls();
	print_boxes();
	print_threads();
	check(pyprof_recorder_write(recorder, argv[4], NULL, &err), &err);
	pyprof_live_destroy(live);
	pyprof_recorder_destroy(recorder);
	return 0;
}
