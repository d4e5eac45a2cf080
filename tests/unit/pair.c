/* SPDX-License-Identifier: MIT */
#include "profile/pair.h"

#include "base/str.h"
#include "profile/view.h"
#include "support/made_runs.h"

struct joined {
	struct made_runs made;
	struct match *match;
	struct pair *pair;
};

static void join_profiles(struct joined *j)
{
	assert_int_equal(match_create(&j->match, j->made.sides, NULL), PYPROF_OK);
	assert_int_equal(pair_create(&j->pair, j->match, j->made.sides, NULL), PYPROF_OK);
	if (!j->match || !j->pair)
		abort();
}

static void join(struct joined *j, const char *base, const char *head, size_t n)
{
	const char *const lines[SIDES] = { base, head };

	*j = (struct joined){ 0 };
	made_init(&j->made, lines, n, 0, 1);
	join_profiles(j);
}

static void forget(struct joined *j)
{
	pair_destroy(j->pair);
	match_destroy(j->match);
	made_deinit(&j->made);
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort_lines(struct str *text)
{
	struct str sorted = STR_INIT;
	char *lines[100], *line, *rest = text->data;
	size_t n = 0;

	while ((line = strsep(&rest, "\n")) && *line)
		lines[n++] = line;
	qsort(lines, n, sizeof(*lines), compare_lines);
	for (size_t i = 0; i < n; i++)
		str_printf(&sorted, "%s\n", lines[i]);
	str_deinit(text);
	*text = sorted;
}

/* A side's values as folded stacks. */
static void fold(const struct joined *j, size_t metric, enum side side, const struct view_opts *how,
		 struct str *out)
{
	struct view_opts opts = how ? *how : (struct view_opts){ 0 };
	struct view *view;
	const struct view_node *nodes;
	size_t n;

	opts.metric = pair_metric(j->pair, metric, side);
	opts.all_metrics = true;
	assert_int_equal(view_create(&view, j->pair->profile, &opts, NULL), PYPROF_OK);
	nodes = view_nodes(view, &n);
	for (size_t i = 1; i < n; i++) {
		struct str stack = STR_INIT;

		for (uint32_t at = (uint32_t)i; at; at = nodes[at].parent) {
			struct str longer = STR_INIT;
			size_t len;
			const char *text = view_text(view, nodes[at].text, &len);

			str_add(&longer, text, len);
			if (stack.len)
				str_printf(&longer, ";%s", str_cstr(&stack));
			str_deinit(&stack);
			stack = longer;
		}
		str_printf(out, "%s %ju\n", str_cstr(&stack), (uintmax_t)nodes[i].self);
		str_deinit(&stack);
	}
	view_destroy(view);
}

static void expect_side(const struct joined *j, size_t metric, enum side side,
			const struct view_opts *opts, const char *want)
{
	struct str got = STR_INIT;

	fold(j, metric, side, opts, &got);
	sort_lines(&got);
	assert_string_equal(str_cstr(&got), want);
	str_deinit(&got);
}

static uint64_t total_of(const struct match_side *side, size_t metric)
{
	uint64_t total = 0;

	for (size_t i = 0; i < side->n; i++)
		total += profile_total(side->profiles[i], metric);
	return total;
}

/* What must hold of every pair whose profiles have the same metrics in the same order. */
static void check_totals(const struct joined *j)
{
	const struct profile *p = j->pair->profile;
	int64_t deltas = 0;

	for (size_t m = 0; m < j->pair->n_metrics; m++) {
		size_t base = pair_metric(j->pair, m, SIDE_BASE);
		size_t head = pair_metric(j->pair, m, SIDE_HEAD);

		assert_int_equal(profile_total(p, base),
				 total_of(&j->made.sides[SIDE_BASE], m));
		assert_int_equal(profile_total(p, head),
				 total_of(&j->made.sides[SIDE_HEAD], m));
		assert_string_equal(p->metrics[base].name, p->metrics[head].name);
		assert_string_equal(p->metrics[base].unit, p->metrics[head].unit);
		deltas = 0;
		for (size_t i = 0; i < p->n_samples; i++)
			deltas += pair_delta(p->values[i * p->n_metrics + base],
					     p->values[i * p->n_metrics + head]);
		assert_int_equal(deltas, pair_delta(profile_total(p, base),
						    profile_total(p, head)));
	}
	for (size_t i = 0; i < p->n_functions; i++) {
		const struct match_function *f = &j->match->functions[j->pair->match_of[i]];

		assert_string_equal(profile_str(p, p->functions[i].name), f->name);
		assert_int_equal(j->pair->in[i], f->in[SIDE_BASE] | f->in[SIDE_HEAD] << 1);
	}
}

static void joins_two_trees(void **state)
{
	struct joined j;

	(void)state;
	join(&j, "m;a 100\nm;a;b 200\nm;gone 50\n[truncated] 30\nm;[truncated] 20\n",
	     "m;a 110\nm;a;b 150\nm;come 70\nm;[truncated] 10\n", 1);
	assert_int_equal(j.pair->n_metrics, 2);
	assert_int_equal(j.pair->profile->default_metric, 1);
	check_totals(&j);
	expect_side(&j, 0, SIDE_BASE, NULL,
		    "[truncated] 3\nm 0\nm;[truncated] 2\nm;a 10\nm;a;b 20\nm;come 0\n"
		    "m;gone 5\n");
	expect_side(&j, 0, SIDE_HEAD, NULL,
		    "[truncated] 0\nm 0\nm;[truncated] 1\nm;a 11\nm;a;b 15\nm;come 7\n"
		    "m;gone 0\n");
	forget(&j);
}

static void several_profiles_add_up(void **state)
{
	struct joined j;

	(void)state;
	join(&j, "m;a 100\n", "m;a 110\nm;b 10\n", 3);
	check_totals(&j);
	assert_int_equal(j.pair->profile->info.stats.samples, 0);
	forget(&j);
	/* What is known of the head's recordings is added up as well. */
	join(&j, "m;a 100\n", "m;a 110\nm;b 10\n", 3);
	for (size_t i = 0; i < 3; i++) {
		j.made.profiles[SIDE_HEAD][i]->info.stats.samples = 10 + i;
		j.made.profiles[SIDE_HEAD][i]->info.cwd = strdup(i ? "/b" : "/a");
		j.made.profiles[SIDE_HEAD][i]->info.python_version = strdup("3.13.0");
		j.made.profiles[SIDE_BASE][i]->info.stats.samples = 1000;
	}
	pair_destroy(j.pair);
	match_destroy(j.match);
	join_profiles(&j);
	assert_int_equal(j.pair->profile->info.stats.samples, 33);
	assert_string_equal(j.pair->profile->info.python_version, "3.13.0");
	assert_null(j.pair->profile->info.cwd);
	expect_side(&j, 0, SIDE_BASE, NULL, "m 0\nm;a 30\nm;b 0\n");
	expect_side(&j, 0, SIDE_HEAD, NULL, "m 0\nm;a 33\nm;b 3\n");
	forget(&j);
}

/* A frame at a line of a function that starts at another. */
static uint32_t at_line(struct profile *p, uint32_t parent, const char *name, const char *file,
			int32_t start, int32_t line)
{
	uint32_t f = profile_function(p, profile_string(p, name, strlen(name)),
				      profile_string(p, file, strlen(file)), start);

	return profile_node(p, parent, profile_location(p, f, line, 0));
}

static void add(struct profile *p, uint32_t node, uint32_t thread, uint64_t value)
{
	const uint64_t values[] = { value, 10 * value };

	assert_true(profile_add(p, node, thread, 0, values));
}

static void two_profiles(struct joined *j, struct profile **base, struct profile **head)
{
	const char *const lines[SIDES] = { "", "" };

	*j = (struct joined){ 0 };
	made_init(&j->made, lines, 1, 0, 1);
	*base = j->made.profiles[SIDE_BASE][0];
	*head = j->made.profiles[SIDE_HEAD][0];
}

static void lines_are_moved_to_the_heads(void **state)
{
	struct profile *base, *head;
	struct joined j;

	(void)state;
	two_profiles(&j, &base, &head);
	base->info.cwd = strdup("/old");
	head->info.cwd = strdup("/new");
	add(base, at_line(base, PROFILE_ROOT, "f", "/old/a.py", 10, 12), PROFILE_NONE, 1);
	add(head, at_line(head, PROFILE_ROOT, "f", "/new/a.py", 30, 32), PROFILE_NONE, 2);
	/* Its start is not known: nor is how far it moved. */
	add(base, at_line(base, PROFILE_ROOT, "g", "/old/a.py", 0, 52), PROFILE_NONE, 3);
	add(head, at_line(head, PROFILE_ROOT, "g", "/new/a.py", 50, 52), PROFILE_NONE, 4);
	/* Only the base has it, in a file that the head has, and in one that it has not. */
	add(base, at_line(base, PROFILE_ROOT, "h", "/old/a.py", 70, 71), PROFILE_NONE, 5);
	add(base, at_line(base, PROFILE_ROOT, "i", "/old/gone.py", 70, 71), PROFILE_NONE, 6);
	/* It would be in a line below 1. */
	add(base, at_line(base, PROFILE_ROOT, "k", "/old/a.py", 9, 3), PROFILE_NONE, 7);
	add(head, at_line(head, PROFILE_ROOT, "k", "/new/a.py", 2, 2), PROFILE_NONE, 8);
	join_profiles(&j);
	check_totals(&j);
	expect_side(&j, 0, SIDE_BASE, NULL,
		    "f (a.py:32) 1\ng (a.py:52) 3\nh (a.py:71) 5\ni (gone.py:71) 6\n"
		    "k (a.py:2) 0\nk (a.py:3) 7\n");
	expect_side(&j, 0, SIDE_HEAD, NULL,
		    "f (a.py:32) 2\ng (a.py:52) 4\nh (a.py:71) 0\ni (gone.py:71) 0\n"
		    "k (a.py:2) 8\nk (a.py:3) 0\n");
	expect_side(&j, 0, SIDE_HEAD, &(struct view_opts){ .full_path = true },
		    "f (/new/a.py:32) 2\ng (/new/a.py:52) 4\nh (/new/a.py:71) 0\n"
		    "i (gone.py:71) 0\nk (/new/a.py:2) 8\nk (/new/a.py:3) 0\n");
	forget(&j);
}

/* Two functions that would be one in the joined profile are two. */
static void no_two_functions_are_one(void **state)
{
	struct profile *base, *head;
	struct joined j;

	(void)state;
	two_profiles(&j, &base, &head);
	add(base, at_line(base, PROFILE_ROOT, "f", "a.py", 5, 5), PROFILE_NONE, 1);
	add(head, at_line(head, PROFILE_ROOT, "f", "a.py", 15, 15), PROFILE_NONE, 1);
	add(base, at_line(base, PROFILE_ROOT, "<l>", "a.py", 20, 20), PROFILE_NONE, 1);
	add(base, at_line(base, PROFILE_ROOT, "<l>", "a.py", 30, 30), PROFILE_NONE, 2);
	add(head, at_line(head, PROFILE_ROOT, "<l>", "a.py", 30, 30), PROFILE_NONE, 4);
	join_profiles(&j);
	check_totals(&j);
	assert_int_equal(j.match->n, 3);
	assert_int_equal(j.pair->profile->n_functions, 3);
	/* The line is the head's; that of the other is given up. */
	for (uint32_t i = 0; i < 3; i++)
		if (!strcmp(profile_str(j.pair->profile, j.pair->profile->functions[i].name), "<l>"))
			assert_int_equal(j.pair->profile->functions[i].start_line,
					 j.pair->in[i] == 3 ? 30 : 0);
	forget(&j);
}

/* Nor three, where the lines of several are taken. */
static void nor_are_three(void **state)
{
	struct profile *base, *head;
	struct joined j;

	(void)state;
	two_profiles(&j, &base, &head);
	add(base, at_line(base, PROFILE_ROOT, "f", "a.py", 5, 5), PROFILE_NONE, 1);
	add(head, at_line(head, PROFILE_ROOT, "f", "a.py", 25, 25), PROFILE_NONE, 1);
	for (int32_t line = 10; line <= 50; line += 10)
		add(base, at_line(base, PROFILE_ROOT, "<l>", "a.py", line, line), PROFILE_NONE,
		    (uint64_t)line);
	for (int32_t line = 30; line <= 50; line += 10)
		add(head, at_line(head, PROFILE_ROOT, "<l>", "a.py", line, line), PROFILE_NONE, 4);
	join_profiles(&j);
	check_totals(&j);
	assert_int_equal(j.match->n, 6);
	assert_int_equal(j.pair->profile->n_functions, 6);
	forget(&j);
}

/* Of several that are one it is not known how far each has moved. */
static void lines_of_several_stay(void **state)
{
	struct profile *base, *head;
	struct joined j;

	(void)state;
	two_profiles(&j, &base, &head);
	for (int32_t start = 10; start <= 30; start += 10)
		add(base, at_line(base, PROFILE_ROOT, "<l>", "a.py", start, start + 1),
		    PROFILE_NONE, 1);
	for (int32_t start = 12; start <= 22; start += 10)
		add(head, at_line(head, PROFILE_ROOT, "<l>", "a.py", start, start + 1),
		    PROFILE_NONE, 1);
	join_profiles(&j);
	check_totals(&j);
	assert_int_equal(j.match->n, 1);
	expect_side(&j, 0, SIDE_BASE, NULL,
		    "<l> (a.py:13) 1\n<l> (a.py:21) 1\n<l> (a.py:23) 0\n<l> (a.py:31) 1\n");
	forget(&j);
}

static uint32_t thread(struct profile *p, uint64_t pid, const char *command, uint64_t tid,
		       const char *name)
{
	uint32_t process =
		profile_process(p, pid, profile_string(p, command, strlen(command)));

	return profile_thread(p, process, tid, profile_string(p, name, strlen(name)));
}

static void threads_of_one_name_are_one(void **state)
{
	const struct view_opts opts = { .by_process = true, .by_thread = true };
	struct profile *base, *head;
	struct joined j;

	(void)state;
	two_profiles(&j, &base, &head);
	for (int i = 0; i < 2; i++) {
		struct profile *p = i ? head : base;
		uint64_t pid = i ? 20 : 10;
		const char *command = i ? "python new.py" : "python old.py";
		uint32_t f = at_line(p, PROFILE_ROOT, "f", "a.py", 1, 1);

		/* The main thread, whatever it is called. */
		add(p, f, thread(p, pid, command, pid, i ? "MainThread" : "python3.12"), 1);
		add(p, f, thread(p, pid, command, pid + 1, "loader"), 2);
		/* One of the two has two of them. */
		add(p, f, thread(p, pid, command, pid + 2, "worker"), 4);
		if (i)
			add(p, f, thread(p, pid, command, pid + 3, "worker"), 8);
		add(p, f, PROFILE_NONE, 16);
	}
	join_profiles(&j);
	check_totals(&j);
	assert_int_equal(j.pair->profile->n_processes, 1);
	expect_side(&j, 0, SIDE_BASE, &opts,
		    "f (a.py:1) 16\n"
		    "process 20 (python new.py) 0\n"
		    "process 20 (python new.py);thread 12 (worker) 0\n"
		    "process 20 (python new.py);thread 12 (worker);f (a.py:1) 4\n"
		    "process 20 (python new.py);thread 20 (MainThread) 0\n"
		    "process 20 (python new.py);thread 20 (MainThread);f (a.py:1) 1\n"
		    "process 20 (python new.py);thread 21 (loader) 0\n"
		    "process 20 (python new.py);thread 21 (loader);f (a.py:1) 2\n"
		    "process 20 (python new.py);thread 22 (worker) 0\n"
		    "process 20 (python new.py);thread 22 (worker);f (a.py:1) 0\n"
		    "process 20 (python new.py);thread 23 (worker) 0\n"
		    "process 20 (python new.py);thread 23 (worker);f (a.py:1) 0\n");
	forget(&j);
}

/* The same pid in another run is another process; those of one command are the same in turn. */
static void processes_are_the_same_by_command(void **state)
{
	static const char *const commands[SIDES][3] = { { "server", "worker", "old" },
							{ "worker", "server", "new" } };
	struct profile *base, *head;
	struct joined j;

	(void)state;
	two_profiles(&j, &base, &head);
	for (int i = 0; i < 2; i++) {
		struct profile *p = i ? head : base;

		for (uint64_t k = 0; k < 3; k++)
			add(p, at_line(p, PROFILE_ROOT, commands[i][k], "a.py", 1, 1),
			    thread(p, 10 + k, commands[i][k], 10 + k, "MainThread"), 1);
	}
	join_profiles(&j);
	check_totals(&j);
	expect_side(&j, 0, SIDE_BASE, &(struct view_opts){ .by_process = true },
		    "process 10 (worker) 0\nprocess 10 (worker);worker (a.py:1) 1\n"
		    "process 11 (server) 0\nprocess 11 (server);server (a.py:1) 1\n"
		    "process 12 (new) 0\nprocess 12 (new);new (a.py:1) 0\n"
		    "process 12 (new);old (a.py:1) 1\n");
	forget(&j);
}

static void a_pid_is_another_process_in_another_run(void **state)
{
	struct profile *base, *head;
	struct joined j;

	(void)state;
	two_profiles(&j, &base, &head);
	add(head, at_line(head, PROFILE_ROOT, "f", "a.py", 1, 1), thread(head, 10, "w", 10, ""), 1);
	add(base, at_line(base, PROFILE_ROOT, "f", "a.py", 1, 1), thread(base, 11, "w", 11, ""), 1);
	add(base, at_line(base, PROFILE_ROOT, "f", "a.py", 1, 1), thread(base, 10, "w", 10, ""), 1);
	join_profiles(&j);
	check_totals(&j);
	assert_int_equal(j.pair->profile->n_processes, 2);
	forget(&j);
}

/* Each is the other side's, and nobody asks each of each: that would take 10^10 questions. */
static void many_processes(void **state)
{
	const uint64_t n = 100000;
	struct profile *base, *head;
	struct joined j;

	(void)state;
	two_profiles(&j, &base, &head);
	for (int i = 0; i < 2; i++) {
		struct profile *p = i ? head : base;
		uint32_t f = at_line(p, PROFILE_ROOT, "f", "a.py", 1, 1);

		for (uint64_t k = 0; k < n; k++) {
			char command[24];

			snprintf(command, sizeof(command), "w%d", (int)(i ? n - 1 - k : k) / 3);
			add(p, f, thread(p, 10 + k, command, 10 + k, ""), 1);
		}
	}
	join_profiles(&j);
	assert_int_equal(j.pair->profile->n_processes, n);
	assert_int_equal(j.pair->profile->n_threads, n);
	forget(&j);
}

static struct profile *profile_of(const struct profile_metric *metrics, size_t n)
{
	struct profile *p;
	uint64_t values[PROFILE_MAX_METRICS];

	for (size_t i = 0; i < n; i++)
		values[i] = 100 + i;
	assert_int_equal(profile_create(&p, metrics, n, NULL), PYPROF_OK);
	assert_true(profile_add(p, PROFILE_ROOT, PROFILE_NONE, 0, values));
	return p;
}

static enum pyprof_status pair_of(struct profile *base, struct profile *head, struct pair **pair,
				  struct pyprof_error *err)
{
	const struct match_side sides[SIDES] = {
		{ .profiles = (const struct profile *const *)&base, .n = base ? 1 : 0 },
		{ .profiles = (const struct profile *const *)&head, .n = 1 },
	};
	enum pyprof_status status;
	struct match *match;

	assert_int_equal(match_create(&match, sides, NULL), PYPROF_OK);
	status = pair_create(pair, match, sides, err);
	match_destroy(match);
	return status;
}

static void metrics_that_all_have(void **state)
{
	const struct profile_metric a[] = { { "wall", "nanoseconds" }, { "cpu", "nanoseconds" },
					    { "x", "bytes" },	       { "cpu", "nanoseconds" } };
	const struct profile_metric b[] = { { "cpu", "nanoseconds" }, { "x", "count" },
					    { "wall", "nanoseconds" }, { "cpu", "nanoseconds" } };
	struct profile *base = profile_of(a, 4), *head = profile_of(b, 4);
	struct pyprof_error err = { 0 };
	struct pair *pair;

	(void)state;
	head->default_metric = 2;
	assert_int_equal(pair_of(base, head, &pair, &err), PYPROF_OK);
	assert_int_equal(pair->n_metrics, 2);
	assert_string_equal(pair->profile->metrics[0].name, "cpu");
	assert_string_equal(pair->profile->metrics[1].name, "wall");
	assert_int_equal(pair->profile->default_metric, 1);
	assert_int_equal(profile_total(pair->profile, 0), 100);
	assert_int_equal(profile_total(pair->profile, 1), 102);
	assert_int_equal(profile_total(pair->profile, 2), 101);
	assert_int_equal(profile_total(pair->profile, 3), 100);
	pair_destroy(pair);
	/* None in common. */
	profile_destroy(head);
	head = profile_of(b + 1, 1);
	assert_int_equal(pair_of(base, head, &pair, &err), PYPROF_ERR_USAGE);
	assert_null(pair);
	assert_string_equal(err.message, "no metric is in all profiles: the base has "
					 "wall/nanoseconds, cpu/nanoseconds, x/bytes, "
					 "cpu/nanoseconds, the head x/count");
	assert_int_equal(pair_of(NULL, head, &pair, &err), PYPROF_ERR_USAGE);
	assert_null(pair);
	profile_destroy(base);
	profile_destroy(head);
}

static void too_many_metrics(void **state)
{
	struct profile_metric metrics[21];
	char names[21][16];
	struct profile *p;
	struct pair *pair;

	(void)state;
	for (int i = 0; i < 21; i++) {
		snprintf(names[i], sizeof(names[i]), "m%d", i);
		metrics[i] = (struct profile_metric){ names[i], "count" };
	}
	p = profile_of(metrics, 21);
	assert_int_equal(pair_of(p, p, &pair, NULL), PYPROF_ERR_LIMIT);
	assert_null(pair);
	profile_destroy(p);
	p = profile_of(metrics, 20);
	assert_int_equal(pair_of(p, p, &pair, NULL), PYPROF_OK);
	assert_int_equal(profile_total(pair->profile, pair_metric(pair, 19, SIDE_BASE)), 119);
	pair_destroy(pair);
	profile_destroy(p);
}

/* Any metric and side has the same nodes, of the same texts; random trees. */
static void views_have_the_same_nodes(void **state)
{
	struct str lines[SIDES] = { STR_INIT, STR_INIT };
	struct made_noise random = { 5, 0 };
	struct joined j;

	(void)state;
	for (int side = 0; side < SIDES; side++) {
		for (int i = 0; i < 2000; i++) {
			int depth = 1 + (int)(made_uniform(&random) * 12);

			for (int k = 0; k < depth; k++)
				str_printf(&lines[side], "%sf%d", k ? ";" : "",
					   (int)(made_uniform(&random) * 9));
			str_printf(&lines[side], "%s %d\n", made_uniform(&random) < 0.1 ?
							  ";[truncated]" : "",
				   (int)(made_uniform(&random) * 100));
		}
	}
	join(&j, str_cstr(&lines[SIDE_BASE]), str_cstr(&lines[SIDE_HEAD]), 1);
	check_totals(&j);
	for (size_t m = 0; m < 2; m++) {
		struct view *views[SIDES];
		const struct view_node *nodes[SIDES];
		size_t n[SIDES];

		for (int side = 0; side < SIDES; side++) {
			const struct view_opts opts = {
				.all_metrics = true,
				.metric = pair_metric(j.pair, m, (enum side)side),
			};

			assert_int_equal(view_create(&views[side], j.pair->profile, &opts, NULL),
					 PYPROF_OK);
			nodes[side] = view_nodes(views[side], &n[side]);
			assert_int_equal(nodes[side][0].total,
					 total_of(&j.made.sides[side], m));
		}
		assert_int_equal(n[0], n[1]);
		for (size_t i = 0; i < n[0]; i++) {
			assert_int_equal(nodes[0][i].parent, nodes[1][i].parent);
			assert_int_equal(nodes[0][i].text, nodes[1][i].text);
			assert_int_equal(nodes[0][i].first_child, nodes[1][i].first_child);
			assert_int_equal(nodes[0][i].next_sibling, nodes[1][i].next_sibling);
			assert_string_equal(view_text(views[0], nodes[0][i].text, NULL),
					    view_text(views[1], nodes[1][i].text, NULL));
		}
		view_destroy(views[0]);
		view_destroy(views[1]);
	}
	forget(&j);
	str_deinit(&lines[0]);
	str_deinit(&lines[1]);
}

static void deltas_saturate(void **state)
{
	(void)state;
	assert_int_equal(pair_delta(5, 7), 2);
	assert_int_equal(pair_delta(7, 5), -2);
	assert_int_equal(pair_delta(0, UINT64_MAX), INT64_MAX);
	assert_int_equal(pair_delta(UINT64_MAX, 0), -INT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(joins_two_trees),
		cmocka_unit_test(several_profiles_add_up),
		cmocka_unit_test(lines_are_moved_to_the_heads),
		cmocka_unit_test(no_two_functions_are_one),
		cmocka_unit_test(nor_are_three),
		cmocka_unit_test(lines_of_several_stay),
		cmocka_unit_test(threads_of_one_name_are_one),
		cmocka_unit_test(a_pid_is_another_process_in_another_run),
		cmocka_unit_test(many_processes),
		cmocka_unit_test(processes_are_the_same_by_command),
		cmocka_unit_test(metrics_that_all_have),
		cmocka_unit_test(too_many_metrics),
		cmocka_unit_test(views_have_the_same_nodes),
		cmocka_unit_test(deltas_saturate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
