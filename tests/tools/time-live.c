/* SPDX-License-Identifier: MIT */
/*
 * What it costs to watch a recording: see src/profile/live.h.
 *
 *   time-live FILE [N]     folded stacks, such as scripts/lib/bench_render_stacks.py makes
 *
 * The stacks are taken in, and then N times (100) a second is played, in which 100 of them, of 20
 * different ones, are met again. Each line: a question, and the CPU time that it took, mean and
 * first. Instructions: valgrind --tool=callgrind --toggle-collect=live_update (and so on).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "format/folded.h"
#include "profile/live.h"

#define ROWS	60
#define BOXES	20000
#define COLUMNS 200

static struct live *live;
static struct pyprof_live_row rows[ROWS];
static struct pyprof_live_box boxes[BOXES];
static struct pyprof_error error;
static uint64_t whole[PYPROF_N_SPANS];
static size_t n, of;
static uint32_t row; /* one that is looked at closely */

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "time-live: %s\n", what);
	exit(1);
}

static void must(enum pyprof_status status)
{
	if (status)
		die(error.message);
}

static uint64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static struct profile *load(const char *path)
{
	static char buffer[1 << 16];
	struct profile *profile;
	char *bytes = NULL;
	size_t len = 0, got;
	FILE *file = fopen(path, "r");

	if (!file)
		die("the file cannot be opened");
	while ((got = fread(buffer, 1, sizeof(buffer), file)) > 0) {
		bytes = realloc(bytes, len + got);
		if (!bytes)
			die("no memory");
		memcpy(bytes + len, buffer, got);
		len += got;
	}
	fclose(file);
	must(format_folded.read(&profile, bytes, len, &error));
	free(bytes);
	return profile;
}

/* ---- questions --------------------------------------------------------------------------- */

static void ask_rows(enum pyprof_live_sort sort, const char *text, bool by_line)
{
	struct pyprof_live_query q = PYPROF_LIVE_QUERY_INIT;

	q.sort = sort;
	q.text = text;
	q.by_line = by_line;
	must(live_rows(live, &q, rows, ROWS, &n, &of, whole, &error));
}

static void update(void)
{
	must(live_update(live, &error));
}

static void rows_by_self(void)
{
	ask_rows(PYPROF_LIVE_SELF, NULL, false);
}

static void rows_by_total_of_all(void)
{
	ask_rows(PYPROF_LIVE_TOTAL_ALL, NULL, false);
	row = rows[n / 2].id;
}

static void rows_by_name(void)
{
	ask_rows(PYPROF_LIVE_NAME, NULL, false);
}

static void rows_with_text(void)
{
	ask_rows(PYPROF_LIVE_TOTAL, "Sess", false);
}

static void rows_by_line(void)
{
	ask_rows(PYPROF_LIVE_TOTAL, NULL, true);
}

static void callers(void)
{
	struct pyprof_live_query q = PYPROF_LIVE_QUERY_INIT;

	must(live_calls(live, &q, row, true, rows, ROWS, &n, &of, &error));
}

static void callees(void)
{
	struct pyprof_live_query q = PYPROF_LIVE_QUERY_INIT;

	must(live_calls(live, &q, row, false, rows, ROWS, &n, &of, &error));
}

static void ask_boxes(int span, uint32_t under)
{
	struct pyprof_live_query q = PYPROF_LIVE_QUERY_INIT;
	uint64_t all;

	must(live_flame(live, &q, span, under, whole[span] / COLUMNS, boxes, BOXES, &n, &all, &error));
}

static void boxes_of_all(void)
{
	ask_boxes(PYPROF_ALL, PYPROF_LIVE_ANY);
}

static void boxes_recent(void)
{
	ask_boxes(PYPROF_RECENT, PYPROF_LIVE_ANY);
}

static void boxes_under(void)
{
	ask_boxes(PYPROF_ALL, row);
}

static struct question {
	const char *name;
	void (*ask)(void);
	uint64_t first_ns, ns;
} questions[] = {
	{ .name = "update", .ask = update },
	{ .name = "rows by recent self", .ask = rows_by_self },
	{ .name = "rows by total since the beginning", .ask = rows_by_total_of_all },
	{ .name = "rows by name", .ask = rows_by_name },
	{ .name = "rows with a text", .ask = rows_with_text },
	{ .name = "rows by line", .ask = rows_by_line },
	{ .name = "callers of a row", .ask = callers },
	{ .name = "callees of a row", .ask = callees },
	{ .name = "boxes, recent", .ask = boxes_recent },
	{ .name = "boxes since the beginning", .ask = boxes_of_all },
	{ .name = "boxes under a row", .ask = boxes_under },
	{ .name = "update, nothing new", .ask = update },
};
#define N_QUESTIONS (sizeof(questions) / sizeof(*questions))

static void play(struct profile *p, unsigned second)
{
	uint64_t values[PROFILE_MAX_METRICS] = { 1 };

	for (unsigned i = 0; i < 100; i++)
		profile_add_to(p, &p->samples[(second * 31u + i % 20 * 7919u) % p->n_samples], values);
	for (size_t i = 0; i < N_QUESTIONS; i++) {
		uint64_t begin = cpu_ns(), took;

		questions[i].ask();
		took = cpu_ns() - begin;
		*(second ? &questions[i].ns : &questions[i].first_ns) += took;
	}
}

int main(int argc, char **argv)
{
	unsigned times = argc > 2 ? (unsigned)atoi(argv[2]) : 100;
	struct profile *p;

	if (argc < 2 || !times)
		die("usage: time-live FILE [N]");
	p = load(argv[1]);
	must(live_create(&live, p, &error));
	for (unsigned second = 0; second <= times; second++)
		play(p, second);
	printf("%zu stacks, %zu nodes, %zu functions\n", p->n_samples, p->n_nodes, p->n_functions);
	printf("%-34s %10s %10s\n", "us", "mean", "first");
	for (size_t i = 0; i < N_QUESTIONS; i++)
		printf("%-34s %10.1f %10.1f\n", questions[i].name,
		       (double)questions[i].ns / times / 1e3, (double)questions[i].first_ns / 1e3);
	live_destroy(live);
	profile_destroy(p);
	return 0;
}
