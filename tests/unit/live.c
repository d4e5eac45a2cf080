/* SPDX-License-Identifier: MIT */
/* Every answer is compared with a slow count of the looks themselves, which knows no tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "profile/graph.h"
#include "profile/live.h"

static const struct profile_metric metrics[] = {
	{ "samples", "count" },	    { "wall", "nanoseconds" },	   { "cpu", "nanoseconds" },
	{ "gil", "nanoseconds" },   { "gil-wait", "nanoseconds" },
};

#define N_METRICS   5
#define N_FUNCTIONS 7
#define N_LINES	    4 /* line 0 is not known */
#define N_THREADS   5
#define N_PROCESSES 2
#define MAX_DEPTH   9
#define MAX_LOOKS   1200
#define MAX_ROWS    64
#define MARK	    N_FUNCTIONS /* as a function */

/* ---- looks, and a profile that is fed with them ---------------------------------------- */

struct frame {
	int function, line;
};

struct look {
	int step; /* after how many updates it came */
	struct frame frames[MAX_DEPTH + 1];
	int depth; /* with the mark, where it is truncated */
	uint32_t thread; /* PROFILE_NONE: none */
	uint64_t values[N_METRICS];
};

struct world {
	struct profile *profile;
	struct live *live;
	struct look looks[MAX_LOOKS];
	int n, step;
	unsigned random;
	uint32_t ids[2][N_FUNCTIONS + 1][N_LINES]; /* and one, by line or not; 0: not seen yet */
};

static unsigned chance(struct world *w, unsigned below)
{
	w->random = w->random * 1103515245u + 12345u;
	return (w->random >> 16) % below;
}

/* Names in another order than ids, and one name twice. */
static const char *const names[N_FUNCTIONS + 1] = { "gamma", "beta", "alpha", "beta",
						    "Stra\303\237e", "zeta", "\xc3\x84pfel",
						    "[truncated]" };
static const char *const files[N_FUNCTIONS + 1] = { "/x/a.py", "/x/a.py", "/x/b.py", "/x/b.py",
						    "", "/x/a.py", "/y/c.py", "" };

static uint32_t string(struct profile *p, const char *text)
{
	return profile_string(p, text, strlen(text));
}

static uint32_t function(struct profile *p, int i)
{
	return profile_function(p, string(p, names[i]), string(p, files[i]), 10 * i);
}

static void feed(struct world *w, const struct look *look)
{
	struct profile *p = w->profile;
	uint32_t node = PROFILE_ROOT, marks = 0;

	for (int i = 0; i < look->depth; i++) {
		const struct frame *f = &look->frames[i];

		if (f->function == MARK)
			marks = PROFILE_MARK_TRUNCATED;
		else /* columns say nothing here */
			node = profile_node(p, node,
					    profile_location(p, function(p, f->function), f->line,
							     (int)chance(w, 2)));
	}
	marks |= chance(w, 2) ? PROFILE_MARK_PAUSED : 0;
	assert_true(profile_add(p, node, look->thread, marks, look->values));
	assert_true(w->n < MAX_LOOKS);
	w->looks[w->n] = *look;
	w->looks[w->n++].step = w->step;
}

static void feed_random(struct world *w, int n, unsigned n_functions)
{
	for (int i = 0; i < n; i++) {
		struct look look = { .depth = (int)chance(w, MAX_DEPTH + 1) };

		for (int k = 0; k < look.depth; k++) {
			look.frames[k].function = (int)chance(w, n_functions);
			look.frames[k].line = (int)chance(w, chance(w, 3) ? 2 : N_LINES);
		}
		if (!chance(w, 5))
			look.frames[look.depth++] = (struct frame){ .function = MARK };
		look.thread = chance(w, 20) ? chance(w, N_THREADS) : PROFILE_NONE;
		for (int m = 0; m < N_METRICS; m++)
			look.values[m] = chance(w, 3) ? chance(w, 100) : 0;
		feed(w, &look);
	}
}

static void update(struct world *w)
{
	assert_int_equal(live_update(w->live, NULL), PYPROF_OK);
	assert_int_equal(w->profile->first_touched, PROFILE_NONE); /* what came is taken */
	w->step++;
}

static void reset(struct world *w)
{
	assert_int_equal(live_reset(w->live, NULL), PYPROF_OK);
	w->n = 0; /* nothing that was seen counts any more */
	w->step++;
}

static struct world *make(unsigned seed)
{
	struct world *w = calloc(1, sizeof(*w));
	struct profile *p;

	assert_non_null(w);
	w->random = seed;
	assert_int_equal(profile_create(&w->profile, metrics, N_METRICS, NULL), PYPROF_OK);
	p = w->profile;
	for (unsigned i = 0; i < N_PROCESSES; i++)
		assert_int_equal(profile_process(p, 100 + i, string(p, i ? "worker" : "main")), i);
	for (unsigned i = 0; i < N_THREADS; i++)
		assert_int_equal(profile_thread(p, i % N_PROCESSES, 1000 + i, string(p, "T")), i);
	assert_int_equal(live_create(&w->live, p, NULL), PYPROF_OK);
	update(w);
	return w;
}

static void destroy(struct world *w)
{
	live_destroy(w->live);
	profile_destroy(w->profile);
	free(w);
}

/* ---- the slow count ---------------------------------------------------------------------- */

static int metric_of(const struct pyprof_live_query *q)
{
	for (int i = 0; i < N_METRICS; i++)
		if (!strcmp(q->metric ? q->metric : "samples", metrics[i].name))
			return i;
	fail();
	return 0;
}

/* Does the look count, as far as the last update knows of it? */
static bool counts(const struct world *w, const struct look *look,
		   const struct pyprof_live_query *q, int span)
{
	if (look->step >= w->step || (span == PYPROF_RECENT && look->step != w->step - 1))
		return false;
	if (q->thread != PYPROF_LIVE_ANY && look->thread != q->thread)
		return false;
	return q->process == PYPROF_LIVE_ANY ||
	       (look->thread != PROFILE_NONE && look->thread % N_PROCESSES == q->process);
}

static bool same(struct frame a, struct frame b, bool by_line)
{
	return a.function == b.function && (!by_line || a.line == b.line);
}

static bool has(const struct look *look, struct frame frame, bool by_line)
{
	for (int i = 0; i < look->depth; i++)
		if (same(look->frames[i], frame, by_line))
			return true;
	return false;
}

static bool has_call(const struct look *look, struct frame from, struct frame to, bool by_line)
{
	for (int i = 1; i < look->depth; i++)
		if (same(look->frames[i - 1], from, by_line) && same(look->frames[i], to, by_line))
			return true;
	return false;
}

static bool ends_with(const struct look *look, struct frame frame, bool by_line)
{
	return look->depth && same(look->frames[look->depth - 1], frame, by_line);
}

static struct pyprof_live_row count(const struct world *w, const struct pyprof_live_query *q,
				    struct frame frame)
{
	struct pyprof_live_row row = { 0 };

	for (int i = 0; i < w->n; i++) {
		const struct look *look = &w->looks[i];
		uint64_t value = look->values[metric_of(q)];

		for (int span = 0; span < PYPROF_N_SPANS; span++) {
			if (!counts(w, look, q, span))
				continue;
			if (has(look, frame, q->by_line))
				row.total[span] += value;
			if (ends_with(look, frame, q->by_line))
				row.self[span] += value;
		}
	}
	return row;
}

static struct pyprof_live_row count_call(const struct world *w, const struct pyprof_live_query *q,
					 struct frame from, struct frame to)
{
	struct pyprof_live_row row = { 0 };

	for (int i = 0; i < w->n; i++) {
		const struct look *look = &w->looks[i];
		uint64_t value = look->values[metric_of(q)];

		for (int span = 0; span < PYPROF_N_SPANS; span++) {
			if (!counts(w, look, q, span) || !has_call(look, from, to, q->by_line))
				continue;
			row.total[span] += value;
			if (look->depth >= 2 && ends_with(look, to, q->by_line) &&
			    same(look->frames[look->depth - 2], from, q->by_line))
				row.self[span] += value;
		}
	}
	return row;
}

static uint64_t count_whole(const struct world *w, const struct pyprof_live_query *q, int span)
{
	uint64_t sum = 0;

	for (int i = 0; i < w->n; i++)
		if (counts(w, &w->looks[i], q, span))
			sum += w->looks[i].values[metric_of(q)];
	return sum;
}

/* ---- rows -------------------------------------------------------------------------------- */

/* The frame that a row stands for: names may be twice, so by the start line or the id. */
static struct frame frame_of(struct world *w, uint32_t id, bool by_line)
{
	struct frame frame = { .function = MARK };
	const struct profile *p = w->profile;
	uint32_t f;

	if (id == PYPROF_LIVE_TRUNCATED)
		return frame;
	f = by_line ? p->locations[id].function : id;
	frame.function = p->functions[f].start_line / 10;
	frame.line = by_line ? p->locations[id].line : 0;
	return frame;
}

static void assert_values(const struct pyprof_live_row *row, const struct pyprof_live_row *want)
{
	assert_memory_equal(row->self, want->self, sizeof(row->self));
	assert_memory_equal(row->total, want->total, sizeof(row->total));
}

static void assert_named(const struct pyprof_live_row *row, struct frame frame, bool by_line)
{
	assert_string_equal(row->name, names[frame.function]);
	assert_string_equal(row->file, files[frame.function]);
	if (frame.function == MARK)
		assert_int_equal(row->line, 0);
	else
		assert_int_equal(row->line, by_line ? frame.line : 10 * frame.function);
}

/* How many frames there are that have something. */
static size_t count_rows(const struct world *w, const struct pyprof_live_query *q)
{
	size_t n = 0;

	for (int f = 0; f <= MARK; f++) {
		for (int line = 0; line < (q->by_line && f != MARK ? N_LINES : 1); line++) {
			struct frame frame = { f, line };

			n += count(w, q, frame).total[PYPROF_ALL] > 0;
		}
	}
	return n;
}

static size_t ask(struct world *w, const struct pyprof_live_query *q, struct pyprof_live_row *rows)
{
	size_t n, of;

	assert_int_equal(live_rows(w->live, q, rows, MAX_ROWS, &n, &of, NULL, NULL), PYPROF_OK);
	assert_int_equal(n, of);
	return n;
}

static int fall(uint64_t a, uint64_t b)
{
	return (a < b) - (a > b);
}

/* The order that is promised. */
static int order_of(const struct pyprof_live_query *q, const struct pyprof_live_row *a,
		    const struct pyprof_live_row *b)
{
	bool total = q->sort == PYPROF_LIVE_TOTAL || q->sort == PYPROF_LIVE_TOTAL_ALL;
	bool all = q->sort == PYPROF_LIVE_SELF_ALL || q->sort == PYPROF_LIVE_TOTAL_ALL;
	int order = 0, sign = q->reverse ? -1 : 1;

	for (int i = 0; i < 4 && !order && q->sort != PYPROF_LIVE_NAME; i++) {
		int span = all != (i >= 2) ? PYPROF_ALL : PYPROF_RECENT;

		order = total != i % 2 ? fall(a->total[span], b->total[span]) :
					 fall(a->self[span], b->self[span]);
	}
	if (order)
		return order * sign;
	order = strcmp(a->name, b->name);
	if (!order)
		order = strcmp(a->file, b->file);
	if (!order)
		order = (a->line > b->line) - (a->line < b->line);
	return q->sort == PYPROF_LIVE_NAME ? order * sign : order;
}

/* A row has the id that it had, and fewer rows are the first ones. */
static void check_order(struct world *w, const struct pyprof_live_query *q,
			const struct pyprof_live_row *rows, size_t n)
{
	struct pyprof_live_row first[MAX_ROWS];
	size_t max = chance(w, (unsigned)n + 2), n_first, of;

	for (size_t i = 0; i < n; i++) {
		struct frame frame = frame_of(w, rows[i].id, q->by_line);
		uint32_t *id = &w->ids[q->by_line][frame.function][frame.line];

		assert_true(!i || order_of(q, &rows[i - 1], &rows[i]) < 0);
		assert_true(!*id || *id == rows[i].id + 1);
		*id = rows[i].id + 1;
	}
	assert_int_equal(live_rows(w->live, q, first, max, &n_first, &of, NULL, NULL), PYPROF_OK);
	assert_int_equal(of, n);
	assert_int_equal(n_first, max < n ? max : n);
	for (size_t i = 0; i < n_first; i++)
		assert_int_equal(first[i].id, rows[i].id);
}

static void check_rows(struct world *w, const struct pyprof_live_query *q)
{
	struct pyprof_live_row rows[MAX_ROWS];
	uint64_t whole[PYPROF_N_SPANS];
	size_t n, of;

	assert_int_equal(live_rows(w->live, q, rows, MAX_ROWS, &n, &of, whole, NULL), PYPROF_OK);
	assert_int_equal(n, of);
	assert_int_equal(n, count_rows(w, q));
	for (int span = 0; span < PYPROF_N_SPANS; span++)
		assert_int_equal(whole[span], count_whole(w, q, span));
	for (size_t i = 0; i < n; i++) {
		struct frame frame = frame_of(w, rows[i].id, q->by_line);
		struct pyprof_live_row want = count(w, q, frame), one;
		uint64_t again[PYPROF_N_SPANS];

		assert_int_equal(live_one(w->live, q, rows[i].id, &one, again, NULL), PYPROF_OK);
		assert_memory_equal(again, whole, sizeof(whole));
		assert_named(&one, frame, q->by_line);
		assert_values(&one, &want);
		assert_int_equal(one.id, rows[i].id);

		assert_named(&rows[i], frame, q->by_line);
		assert_values(&rows[i], &want);
		for (size_t k = 0; k < i; k++)
			assert_true(rows[k].id != rows[i].id);
	}
	check_order(w, q, rows, n);
}

static void check_calls(struct world *w, const struct pyprof_live_query *q, uint32_t id)
{
	struct frame frame = frame_of(w, id, q->by_line);

	for (int callers = 0; callers < 2; callers++) {
		struct pyprof_live_row rows[MAX_ROWS];
		size_t n, of, want_n = 0;

		assert_int_equal(live_calls(w->live, q, id, callers, rows, MAX_ROWS, &n, &of,
					    NULL),
				 PYPROF_OK);
		assert_int_equal(n, of);
		for (size_t i = 0; i < n; i++) {
			struct frame other = frame_of(w, rows[i].id, q->by_line);
			struct pyprof_live_row want =
				callers ? count_call(w, q, other, frame) :
					  count_call(w, q, frame, other);

			assert_named(&rows[i], other, q->by_line);
			assert_values(&rows[i], &want);
		}
		for (int f = 0; f <= MARK; f++) {
			for (int l = 0; l < (q->by_line && f != MARK ? N_LINES : 1); l++) {
				struct frame other = { f, l };
				struct pyprof_live_row want =
					callers ? count_call(w, q, other, frame) :
						  count_call(w, q, frame, other);

				want_n += want.total[PYPROF_ALL] > 0;
			}
		}
		assert_int_equal(n, want_n);
	}
}

/* ---- boxes ------------------------------------------------------------------------------- */

/* What of a look is below `under`: from its outermost frame on. NULL: nothing. */
static const struct frame *part_under(const struct look *look, const struct frame *under,
				      bool by_line, int *depth)
{
	*depth = look->depth;
	if (!under)
		return look->frames;
	for (int i = 0; i < look->depth; i++) {
		if (same(look->frames[i], *under, by_line)) {
			*depth = look->depth - i;
			return &look->frames[i];
		}
	}
	return NULL;
}

static bool begins_with(const struct frame *frames, int depth, const struct frame *path, int n,
			bool by_line)
{
	for (int i = 0; i < n; i++)
		if (i >= depth || !same(frames[i], path[i], by_line))
			return false;
	return true;
}

/* What a path from the root has; -1 for n: nothing of that kind. */
static uint64_t count_path(const struct world *w, const struct pyprof_live_query *q, int span,
			   const struct frame *under, const struct frame *path, int n)
{
	uint64_t sum = 0;

	for (int i = 0; i < w->n; i++) {
		int depth;
		const struct frame *frames =
			part_under(&w->looks[i], under, q->by_line, &depth);

		if (frames && counts(w, &w->looks[i], q, span) &&
		    begins_with(frames, depth, path, n, q->by_line))
			sum += w->looks[i].values[metric_of(q)];
	}
	return sum;
}

static int path_of(struct world *w, const struct pyprof_live_box *boxes, size_t at, bool by_line,
		   struct frame *path)
{
	int n = (int)boxes[at].depth;

	for (int i = n; i > 0; i--) {
		path[i - 1] = frame_of(w, boxes[at].id, by_line);
		at = boxes[at].parent;
	}
	assert_int_equal(at, 0);
	return n;
}

/* How many different paths there are with at least so much: by their first look. */
static size_t count_paths(const struct world *w, const struct pyprof_live_query *q, int span,
			  const struct frame *under, uint64_t least)
{
	size_t found = 0;

	for (int i = 0; i < w->n; i++) {
		int depth;
		const struct frame *frames =
			part_under(&w->looks[i], under, q->by_line, &depth);

		for (int n = 1; frames && n <= depth; n++) {
			bool seen = false;

			for (int k = 0; k < i && !seen; k++) {
				int d;
				const struct frame *others =
					part_under(&w->looks[k], under, q->by_line, &d);

				seen = others && begins_with(others, d, frames, n, q->by_line);
			}
			if (!seen) {
				uint64_t value = count_path(w, q, span, under, frames, n);

				found += value && value >= least;
			}
		}
	}
	return found;
}

static void assert_in_order(const struct pyprof_live_box *a, const struct pyprof_live_box *b)
{
	int order = strcmp(a->name, b->name);

	if (!order)
		order = strcmp(a->file, b->file);
	if (!order)
		order = (a->line > b->line) - (a->line < b->line);
	assert_true(order < 0);
	assert_int_equal(a->to, b->from);
}

static void check_boxes(struct world *w, const struct pyprof_live_query *q, int span,
			uint32_t under, uint64_t least)
{
	static struct pyprof_live_box boxes[16384];
	struct frame frame;
	const struct frame *cut = NULL;
	uint64_t whole;
	size_t n;

	if (under != PYPROF_LIVE_ANY) {
		frame = frame_of(w, under, q->by_line);
		cut = &frame;
	}
	assert_int_equal(live_flame(w->live, q, span, under, least, boxes,
				    sizeof(boxes) / sizeof(*boxes), &n, &whole, NULL),
			 PYPROF_OK);
	assert_true(n >= 1 && n < sizeof(boxes) / sizeof(*boxes));
	assert_true(boxes[0].id == PYPROF_LIVE_ANY && !boxes[0].depth && !boxes[0].parent);
	assert_true(!boxes[0].from && boxes[0].to == whole);
	assert_int_equal(whole, count_path(w, q, span, cut, NULL, 0));
	assert_int_equal(n - 1, count_paths(w, q, span, cut, least));
	for (size_t i = 1; i < n; i++) {
		const struct pyprof_live_box *b = &boxes[i], *below = &boxes[b->parent];
		struct frame path[MAX_DEPTH + 1];

		assert_true(b->parent < i && b->depth == below->depth + 1);
		assert_true(b->from < b->to && b->from >= below->from && b->to <= below->to);
		assert_true(b->to - b->from >= least);
		assert_int_equal(b->to - b->from,
				 count_path(w, q, span, cut, path,
					    path_of(w, boxes, i, q->by_line, path)));
		if (boxes[i - 1].parent == b->parent && i > 1)
			assert_in_order(&boxes[i - 1], b);
		else
			assert_int_equal(b->from, below->from);
	}
}

/* ---- threads ----------------------------------------------------------------------------- */

static void check_thread(const struct world *w, const struct pyprof_live_thread *t, bool process)
{
	const struct {
		const char *metric;
		const uint64_t *values;
	} rows[] = { { NULL, t->samples },
		     { "wall", t->wall },
		     { "cpu", t->cpu },
		     { "gil", t->gil },
		     { "gil-wait", t->gil_wait } };
	bool alive = false;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pyprof_live_query q = PYPROF_LIVE_QUERY_INIT;

		q.metric = rows[i].metric;
		*(process ? &q.process : &q.thread) = t->id;
		for (int span = 0; span < PYPROF_N_SPANS; span++)
			assert_int_equal(rows[i].values[span], count_whole(w, &q, span));
		alive |= rows[i].values[PYPROF_RECENT] != 0;
	}
	assert_int_equal(t->alive, alive);
}

static void check_threads(struct world *w)
{
	struct pyprof_live_thread threads[N_THREADS + 1];
	size_t n, of;

	live_threads(w->live, threads, N_THREADS + 1, &n, &of);
	assert_true(n == N_THREADS && of == N_THREADS);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(threads[i].tid, 1000 + threads[i].id);
		assert_int_equal(threads[i].pid, 100 + threads[i].id % N_PROCESSES);
		assert_string_equal(threads[i].name, "T");
		assert_true(!i || threads[i - 1].alive >= threads[i].alive);
		check_thread(w, &threads[i], false);
	}
	live_processes(w->live, threads, N_THREADS + 1, &n, &of);
	assert_true(n == N_PROCESSES && of == N_PROCESSES);
	for (size_t i = 0; i < n; i++) {
		assert_true(!threads[i].tid && threads[i].pid == 100 + threads[i].id);
		assert_string_equal(threads[i].name, threads[i].id ? "worker" : "main");
		check_thread(w, &threads[i], true);
	}
}

/* ---- the tests --------------------------------------------------------------------------- */

static struct pyprof_live_query random_query(struct world *w)
{
	struct pyprof_live_query q = PYPROF_LIVE_QUERY_INIT;

	q.metric = metrics[chance(w, 2)].name;
	q.by_line = chance(w, 2);
	if (!chance(w, 3))
		q.thread = chance(w, N_THREADS);
	else if (!chance(w, 3))
		q.process = chance(w, N_PROCESSES);
	q.sort = chance(w, 5);
	q.reverse = chance(w, 2);
	return q;
}

static void ask_everything(struct world *w, const struct pyprof_live_query *q)
{
	struct pyprof_live_row rows[MAX_ROWS];
	size_t n = ask(w, q, rows);
	uint32_t id = n ? rows[chance(w, (unsigned)n)].id : 3;

	check_rows(w, q);
	check_calls(w, q, id);
	check_boxes(w, q, (int)chance(w, 2), PYPROF_LIVE_ANY, chance(w, 2) ? 0 : chance(w, 200));
	if (n)
		check_boxes(w, q, (int)chance(w, 2), id, chance(w, 2) ? 0 : chance(w, 50));
	check_threads(w);
}

/* The same question again and again while it grows, and others in between. */
static void agrees_with_a_slow_count(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 12; seed++) {
		struct world *w = make(seed);
		struct pyprof_live_query kept = random_query(w);
		unsigned n_functions = 1 + seed % N_FUNCTIONS;

		for (int step = 0; step < 8; step++) {
			struct pyprof_live_query other = random_query(w);

			feed_random(w, (int)chance(w, 30), n_functions);
			if (!chance(w, 10))
				reset(w);
			else if (chance(w, 4)) {
				update(w);
				if (chance(w, 3)) /* what is not taken in is not told */
					feed_random(w, (int)chance(w, 9), N_FUNCTIONS);
			}
			ask_everything(w, &kept);
			if (chance(w, 2))
				ask_everything(w, &other);
		}
		destroy(w);
	}
}

/* The id of a location's line. */
static uint32_t line_id(const struct profile *p, uint32_t location)
{
	uint32_t id = 0;

	while (p->locations[id].function != p->locations[location].function ||
	       p->locations[id].line != p->locations[location].line)
		id++;
	return id;
}

/* One row is looked at from all sides for a while, as in a view that is zoomed. */
static void keeps_looking_at_one_row(void **state)
{
	static const char *const asked[] = { "wall", "wall", "wall", "cpu", "gil", "samples", "wall" };
	struct world *w = make(21);
	struct pyprof_live_query q = PYPROF_LIVE_QUERY_INIT;

	(void)state;
	for (unsigned id = 0; id < 3; id++) {
		for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
			q.metric = asked[i];
			feed_random(w, 20, N_FUNCTIONS);
			update(w);
			for (int mode = 0; mode < 2; mode++) {
				q.by_line = mode;
				check_calls(w, &q, mode ? line_id(w->profile, id) : id);
				check_boxes(w, &q, PYPROF_RECENT,
					    mode ? line_id(w->profile, id) : id, 0);
			}
			q.by_line = false;
			for (int again = 0; again < 2; again++) {
				check_calls(w, &q, id);
				feed_random(w, 5, N_FUNCTIONS);
				update(w);
			}
			check_calls(w, &q, id);
		}
		/* Of three metrics that are asked for, the first one's table is gone. */
		for (size_t i = 0; i < 6; i++) {
			struct pyprof_live_row rows[MAX_ROWS];

			q.metric = metrics[i % 3].name;
			if (i % 2)
				ask(w, &q, rows);
			else
				check_calls(w, &q, id);
		}
	}
	destroy(w);
}

/* A reset in the middle, and what is not taken in yet is before it. */
static void counts_from_now_on(void **state)
{
	struct world *w = make(31);
	struct pyprof_live_query q = PYPROF_LIVE_QUERY_INIT;
	struct pyprof_live_row rows[MAX_ROWS];

	(void)state;
	feed_random(w, 100, N_FUNCTIONS);
	update(w);
	ask_everything(w, &q);
	check_calls(w, &q, 0);
	feed_random(w, 50, N_FUNCTIONS);
	reset(w);
	assert_int_equal(ask(w, &q, rows), 0);
	check_calls(w, &q, 0);
	ask_everything(w, &q);
	for (int i = 0; i < 3; i++) {
		feed_random(w, 50, N_FUNCTIONS);
		update(w);
		ask_everything(w, &q);
		check_calls(w, &q, 0);
		q.by_line = !q.by_line;
	}
	assert_true(profile_total(w->profile, 0) > count_whole(w, &q, PYPROF_ALL));
	reset(w);
	reset(w);
	assert_int_equal(ask(w, &q, rows), 0);
	destroy(w);
}

/* Whatever way values come into the profile. */
static void sees_what_is_merged(void **state)
{
	struct world *w = make(8), *other = make(9);
	struct pyprof_live_query q = PYPROF_LIVE_QUERY_INIT;
	struct pyprof_live_row rows[MAX_ROWS];
	uint64_t whole[PYPROF_N_SPANS];
	size_t n, of;

	(void)state;
	feed_random(w, 50, N_FUNCTIONS);
	feed_random(other, 50, N_FUNCTIONS);
	update(w);
	assert_int_equal(profile_merge(w->profile, other->profile, NULL), PYPROF_OK);
	update(w);
	assert_int_equal(live_rows(w->live, &q, rows, MAX_ROWS, &n, &of, whole, NULL), PYPROF_OK);
	assert_int_equal(whole[PYPROF_RECENT], profile_total(other->profile, 0));
	assert_int_equal(whole[PYPROF_ALL], profile_total(w->profile, 0));
	destroy(other);
	destroy(w);
}

/* And with what reports are made of. */
static void agrees_with_the_call_graph(void **state)
{
	struct world *w = make(99);

	(void)state;
	feed_random(w, 300, N_FUNCTIONS);
	update(w);
	feed_random(w, 300, N_FUNCTIONS);
	update(w);
	for (int mode = 0; mode < 2; mode++) {
		const struct graph_opts opts = { .by_line = mode };
		struct pyprof_live_query q = PYPROF_LIVE_QUERY_INIT;
		struct pyprof_live_row rows[MAX_ROWS], calls[MAX_ROWS];
		struct graph *g;
		size_t n, n_calls, of, found = 0;

		q.by_line = mode;
		q.metric = "cpu";
		n = ask(w, &q, rows);
		assert_int_equal(graph_create(&g, w->profile, &opts, NULL), PYPROF_OK);
		assert_int_equal(n, g->n_nodes);
		for (size_t i = 0; i < n; i++) {
			uint32_t f = rows[i].id == PYPROF_LIVE_TRUNCATED ? PROFILE_NONE :
				     mode ? w->profile->locations[rows[i].id].function :
					    rows[i].id;
			size_t at = 0;

			for (; g->nodes[at].function != f || (mode && g->nodes[at].line != rows[i].line);
			     at++)
				assert_true(at < n);
			assert_int_equal(rows[i].self[PYPROF_ALL], g->nodes[at].self[2]);
			assert_int_equal(rows[i].total[PYPROF_ALL], g->nodes[at].total[2]);
			assert_int_equal(live_calls(w->live, &q, rows[i].id, true, calls, MAX_ROWS,
						    &n_calls, &of, NULL),
					 PYPROF_OK);
			for (size_t k = 0; k < g->n_edges; k++) {
				bool there = false;

				if (g->edges[k].callee != at || !g->edges[k].total[2])
					continue;
				for (size_t c = 0; c < n_calls; c++)
					there |= calls[c].total[PYPROF_ALL] == g->edges[k].total[2] &&
						 calls[c].self[PYPROF_ALL] == g->edges[k].self[2];
				assert_true(there);
				found++;
			}
		}
		assert_true(found > N_FUNCTIONS);
		graph_destroy(g);
	}
	destroy(w);
}

/* What was recorded before anybody watched is recent once. */
static void begins_with_what_there_is(void **state)
{
	struct world *w = make(7);
	struct pyprof_live_query q = PYPROF_LIVE_QUERY_INIT;
	struct pyprof_live_row rows[MAX_ROWS];
	uint64_t whole[PYPROF_N_SPANS] = { 1, 1 };
	size_t n, of;

	(void)state;
	feed_random(w, 100, N_FUNCTIONS);
	live_destroy(w->live);
	feed_random(w, 100, N_FUNCTIONS);
	assert_int_equal(live_create(&w->live, w->profile, NULL), PYPROF_OK);
	assert_int_equal(live_rows(w->live, &q, rows, MAX_ROWS, &n, &of, whole, NULL), PYPROF_OK);
	assert_true(!n && !of && !whole[PYPROF_RECENT] && !whole[PYPROF_ALL]);
	check_boxes(w, &q, PYPROF_ALL, 3, 0); /* step 1 is not taken in yet: nothing is */
	update(w);
	for (int i = 0; i < w->n; i++)
		w->looks[i].step = 1;
	q.metric = "wall";
	ask_everything(w, &q);
	update(w);
	ask_everything(w, &q);
	profile_shrink(w->profile); /* as writing does */
	feed_random(w, 100, N_FUNCTIONS);
	update(w);
	ask_everything(w, &q);
	destroy(w);
}

static void says_what_does_not_exist(void **state)
{
	struct world *w = make(5);
	struct pyprof_live_query q = PYPROF_LIVE_QUERY_INIT;
	struct pyprof_live_row rows[MAX_ROWS];
	struct pyprof_live_box box;
	struct pyprof_error err;
	uint64_t whole[PYPROF_N_SPANS] = { 1, 1 };
	static const uint32_t ids[] = { 1000, 0x80000000u, PYPROF_LIVE_ANY, PYPROF_LIVE_ANY - 2 };
	size_t n, of;

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 8; i++) {
			q.by_line = i & 1;
			assert_int_equal(live_calls(w->live, &q, ids[i % 4], i & 4, rows, MAX_ROWS, &n,
						    &of, &err),
					 PYPROF_OK);
			assert_true(!n && !of);
			assert_int_equal(live_one(w->live, &q, ids[i % 4], rows, NULL, &err),
					 PYPROF_OK);
			assert_true(!rows->name[0] && !rows->file[0] && !rows->total[PYPROF_ALL] &&
				    rows->id == ids[i % 4]);
			if (ids[i % 4] == PYPROF_LIVE_ANY)
				continue;
			assert_int_equal(live_flame(w->live, &q, i & 2, ids[i % 4], 0, &box, 1, &n,
						    whole, &err),
					 PYPROF_OK);
			assert_true(n == 1 && !whole[0] && !box.to && box.id == PYPROF_LIVE_ANY);
		}
		feed_random(w, 50, N_FUNCTIONS);
		update(w);
	}
	q.metric = "instructions";
	assert_int_equal(live_rows(w->live, &q, rows, MAX_ROWS, &n, &of, whole, &err),
			 PYPROF_ERR_USAGE);
	assert_non_null(strstr(err.message, "instructions"));
	assert_int_equal(live_calls(w->live, &q, 0, true, rows, MAX_ROWS, &n, &of, &err),
			 PYPROF_ERR_USAGE);
	assert_int_equal(live_flame(w->live, &q, 0, 0, 0, &box, 1, &n, whole, &err),
			 PYPROF_ERR_USAGE);
	q.metric = NULL;
	q.thread = 77;
	assert_int_equal(live_rows(w->live, &q, rows, MAX_ROWS, &n, &of, whole, &err), PYPROF_OK);
	assert_true(!n && !of && !whole[PYPROF_RECENT] && !whole[PYPROF_ALL]);
	q.thread = PYPROF_LIVE_ANY;
	q.process = 77;
	assert_int_equal(live_rows(w->live, &q, rows, MAX_ROWS, &n, &of, whole, &err), PYPROF_OK);
	assert_true(!n && !of && !whole[PYPROF_RECENT] && !whole[PYPROF_ALL]);
	destroy(w);
}

/* ---- text -------------------------------------------------------------------------------- */

static void assert_found(struct world *w, const char *text, const char *want)
{
	struct pyprof_live_query q = PYPROF_LIVE_QUERY_INIT;
	struct pyprof_live_row rows[MAX_ROWS];
	char found[400] = "";
	size_t n, of;

	q.text = text;
	q.sort = PYPROF_LIVE_NAME;
	assert_int_equal(live_rows(w->live, &q, rows, MAX_ROWS, &n, &of, NULL, NULL), PYPROF_OK);
	assert_int_equal(n, of);
	for (size_t i = 0; i < n; i++)
		snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s%s", i ? " " : "",
			 rows[i].name);
	assert_string_equal(found, want);
}

static void add_named(struct world *w, const char *name, size_t len, const char *file)
{
	static const uint64_t values[N_METRICS] = { 1 };
	struct profile *p = w->profile;
	uint32_t f = profile_function(p, profile_string(p, name, len), string(p, file), 1);

	assert_true(profile_add(p, profile_node(p, PROFILE_ROOT, profile_location(p, f, 1, 0)), 0, 0,
				values));
}

static void finds_text_in_any_case(void **state)
{
	struct world *w = make(3);

	(void)state;
	add_named(w, "Load", 4, "/srv/app.py");
	add_named(w, "unload", 6, "/srv/B.py");
	add_named(w, "\xc3\x84RGER", 6, "");
	add_named(w, "\xce\xa3\xce\xb1\xcf\x82", 6, ""); /* a sigma at either end */
	add_named(w, "a.b*c(", 6, "");
	add_named(w, "x\\Ey", 4, "");
	add_named(w, "nul\0LOAD", 8, "");
	add_named(w, "sur\xed\xb2\x80", 6, ""); /* lone, as names may have it */
	update(w);
	assert_found(w, "LOAD", "Load nul unload");
	assert_found(w, "nload", "unload");
	assert_found(w, "", "Load a.b*c( nul sur\xed\xb2\x80 unload x\\Ey \xc3\x84RGER "
			    "\xce\xa3\xce\xb1\xcf\x82");
	assert_found(w, "SRV/b", "unload");
	assert_found(w, "\xc3\xa4r", "\xc3\x84RGER");
	assert_found(w, "\xcf\x83\xce\x91\xcf\x83", "\xce\xa3\xce\xb1\xcf\x82");
	assert_found(w, "B*C(", "a.b*c(");
	assert_found(w, ".", "Load a.b*c( unload");
	assert_found(w, "x\\ey", "x\\Ey");
	assert_found(w, "X\\EY", "x\\Ey");
	assert_found(w, "\\E", "x\\Ey");
	assert_found(w, "\\", "x\\Ey");
	assert_found(w, "\xed\xb2\x80", "sur\xed\xb2\x80");
	assert_found(w, "\xc3", "\xc3\x84RGER"); /* half a character, as while it is typed */
	assert_found(w, "nothing has this", "");
	assert_found(w, "reload", "");
	add_named(w, "Reload", 6, "");
	update(w);
	assert_found(w, "reload", "Reload");
	assert_found(w, "trunc", "");
	feed(w, &(struct look){ .depth = 1, .frames = { { MARK, 0 } }, .values = { 1 } });
	update(w);
	assert_found(w, "TRUNC", "[truncated]");
	destroy(w);
}

static void is_not_stopped_by_a_long_name(void **state)
{
	static char name[2000000];
	struct world *w = make(3);

	(void)state;
	memset(name, 'a', sizeof(name));
	memcpy(name + sizeof(name) - 3, "aab", 3);
	add_named(w, name, sizeof(name), "");
	add_named(w, "xAAB", 4, "");
	update(w);
	assert_found(w, "aab", "xAAB"); /* but only its beginning is looked at */
	destroy(w);
}

/* ---- large ------------------------------------------------------------------------------- */

/* No stack of ours is as deep as that of a target may be. */
static void follows_deep_recursion(void **state)
{
	enum { DEEP = 200000 };
	static const uint64_t values[N_METRICS] = { 1, 10 };
	struct world *w = make(1);
	struct profile *p = w->profile;
	uint32_t f = profile_location(p, function(p, 0), 1, 0);
	uint32_t g = profile_location(p, function(p, 1), 1, 0), node = PROFILE_ROOT;
	struct pyprof_live_query q = PYPROF_LIVE_QUERY_INIT;
	struct pyprof_live_row rows[MAX_ROWS];
	static struct pyprof_live_box boxes[1000];
	uint64_t whole;
	size_t n, of;

	(void)state;
	for (int i = 0; i < DEEP; i++)
		node = profile_node(p, node, i % 3 ? f : g);
	assert_true(profile_add(p, node, 0, 0, values));
	update(w);
	assert_int_equal(ask(w, &q, rows), 2);
	for (int i = 0; i < 2; i++)
		assert_true(rows[i].total[PYPROF_ALL] == 1 && rows[i].total[PYPROF_RECENT] == 1);
	assert_int_equal(live_calls(w->live, &q, rows[0].id, true, rows, MAX_ROWS, &n, &of, NULL),
			 PYPROF_OK);
	assert_int_equal(n, 2); /* f by f and by g */
	assert_true(rows[0].total[PYPROF_ALL] == 1 && rows[1].total[PYPROF_ALL] == 1);
	assert_int_equal(live_flame(w->live, &q, PYPROF_ALL, PYPROF_LIVE_ANY, 0, boxes, 1000, &n,
				    &whole, NULL),
			 PYPROF_OK);
	assert_true(n == 1000 && boxes[999].depth == 999 && whole == 1);
	destroy(w);
}

static void stops_at_the_largest_number(void **state)
{
	struct world *w = make(1);
	struct pyprof_live_query q = PYPROF_LIVE_QUERY_INIT;
	struct pyprof_live_row rows[MAX_ROWS];
	struct pyprof_live_box boxes[9];
	uint64_t whole[PYPROF_N_SPANS];
	size_t n, of;

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		feed(w, &(struct look){ .depth = 2,
					.frames = { { 0, 1 }, { (int)i, 2 } },
					.thread = i,
					.values = { UINT64_MAX - 1 } });
	update(w);
	assert_int_equal(live_rows(w->live, &q, rows, MAX_ROWS, &n, &of, whole, NULL), PYPROF_OK);
	assert_true(whole[PYPROF_RECENT] == UINT64_MAX && whole[PYPROF_ALL] == UINT64_MAX);
	assert_int_equal(rows[0].self[PYPROF_ALL], UINT64_MAX - 1);
	assert_int_equal(live_flame(w->live, &q, PYPROF_ALL, PYPROF_LIVE_ANY, 0, boxes, 9, &n, whole,
				    NULL),
			 PYPROF_OK);
	for (size_t i = 1; i < n; i++)
		assert_true(boxes[i].from <= boxes[i].to && boxes[i].to <= boxes[boxes[i].parent].to);
	destroy(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_a_slow_count),
		cmocka_unit_test(keeps_looking_at_one_row),
		cmocka_unit_test(counts_from_now_on),
		cmocka_unit_test(sees_what_is_merged),
		cmocka_unit_test(agrees_with_the_call_graph),
		cmocka_unit_test(begins_with_what_there_is),
		cmocka_unit_test(says_what_does_not_exist),
		cmocka_unit_test(finds_text_in_any_case),
		cmocka_unit_test(is_not_stopped_by_a_long_name),
		cmocka_unit_test(follows_deep_recursion),
		cmocka_unit_test(stops_at_the_largest_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
