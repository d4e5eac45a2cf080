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
};

static unsigned chance(struct world *w, unsigned below)
{
	w->random = w->random * 1103515245u + 12345u;
	return (w->random >> 16) % below;
}

/* Names in another order than ids, and one name twice. */
static const char *const names[N_FUNCTIONS + 1] = { "gamma", "beta", "alpha", "beta",
						    "Stra\xc3\x9f" "e", "zeta", "\xc3\x84pfel",
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

	if (id == LIVE_TRUNCATED)
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
		struct pyprof_live_row want = count(w, q, frame);

		assert_named(&rows[i], frame, q->by_line);
		assert_values(&rows[i], &want);
		for (size_t k = 0; k < i; k++)
			assert_true(rows[k].id != rows[i].id);
	}
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
			if (chance(w, 4)) {
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_a_slow_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
