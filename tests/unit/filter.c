/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/folded.h"
#include "profile/filter.h"

static const struct profile_metric metrics[] = { { "samples", "count" }, { "wall", "ns" } };

static struct profile *make(void)
{
	struct profile *p;

	assert_int_equal(profile_create(&p, metrics, 2, NULL), PYPROF_OK);
	p->info.cwd = strdup("/srv");
	p->default_metric = 1;
	return p;
}

static uint32_t str(struct profile *p, const char *text)
{
	return profile_string(p, text, strlen(text));
}

static uint32_t thread(struct profile *p, uint64_t pid, const char *command, uint64_t tid,
		       const char *name)
{
	return profile_thread(p, profile_process(p, pid, str(p, command)), tid, str(p, name));
}

/* A sample of "name/file:line name/file:line", root first. */
static void sample(struct profile *p, const char *stack, uint32_t thread_id, uint32_t marks,
		   uint32_t labels, uint64_t value)
{
	struct profile_sample key = { PROFILE_ROOT, thread_id, marks, labels };
	uint64_t values[] = { value, value * 10 };
	char *copy = strdup(stack), *rest = copy, *frame;

	while ((frame = strsep(&rest, " "))) {
		char *file = strchr(frame, '/'), *line = strrchr(frame, ':');
		uint32_t function;

		if (!*frame)
			continue;
		*line++ = '\0';
		function = profile_function(
			p, profile_string(p, frame, (size_t)(file - frame)), str(p, file), 1);
		key.node = profile_node(p, key.node,
					profile_location(p, function, atoi(line), 3));
	}
	assert_true(profile_add_to(p, &key, values));
	free(copy);
}

static char *text_of(const struct profile *p, const struct view_opts *opts)
{
	struct format_input input = { .profile = p };
	struct view *view;
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_int_equal(view_create(&view, p, opts, NULL), PYPROF_OK);
	input.view = view;
	assert_int_equal(format_folded.write(&input, out, NULL), PYPROF_OK);
	fclose(out);
	view_destroy(view);
	return text;
}

static void assert_part(const struct profile *p, struct profile_filter filter, const char *want)
{
	struct pyprof_error err = { 0 };
	struct profile *part;
	char *text;

	if (profile_filter(&part, p, &filter, &err))
		fail_msg("%s", err.message);
	text = text_of(part, NULL);
	assert_string_equal(text, want);
	free(text);
	profile_destroy(part);
}

#define PART(p, want, ...) assert_part(p, (struct profile_filter){ __VA_ARGS__ }, want)

static struct profile *three_stacks(void)
{
	struct profile *p = make();

	sample(p, "main/srv/a.py:1 load/srv/io.py:5 read/lib/os.py:7", PROFILE_NONE, 0, 0, 3);
	sample(p, "main/srv/a.py:2 work/srv/a.py:9", PROFILE_NONE, 0, 0, 4);
	sample(p, "main/srv/a.py:1 load/srv/io.py:6 main/srv/a.py:2 read/lib/os.py:7", PROFILE_NONE,
	       PROFILE_MARK_TRUNCATED, 0, 5);
	return p;
}

#define READ  "main (a.py:1);load (io.py:5);read (/lib/os.py:7) 3\n"
#define AGAIN "main (a.py:1);load (io.py:6);main (a.py:2);read (/lib/os.py:7);[truncated] 5\n"
#define WORK  "main (a.py:2);work (a.py:9) 4\n"

static void chooses_stacks(void **state)
{
	struct profile *p = three_stacks();

	(void)state;
	PART(p, READ AGAIN, .focus = "load");
	PART(p, READ AGAIN, .focus = "io\\.py$");
	PART(p, WORK, .ignore = "^read$");
	PART(p, WORK, .focus = "main", .ignore = "/lib/");
	PART(p, READ AGAIN WORK, .ignore = "nothing");
	PART(p, "", .ignore = "main");
	PART(p, READ AGAIN, .focus = "(?i)LOAD|\\bnone\\b");
	profile_destroy(p);
}

static void hides_frames(void **state)
{
	struct profile *p = three_stacks();

	(void)state;
	PART(p, "load (io.py:5);read (/lib/os.py:7) 3\n"
		"load (io.py:6);read (/lib/os.py:7);[truncated] 5\nwork (a.py:9) 4\n",
	     .hide = "^main$");
	/* Of what is chosen by a frame that is hidden the rest is shown. */
	PART(p, "main (a.py:1);main (a.py:2);read (/lib/os.py:7);[truncated] 5\n"
		"main (a.py:1);read (/lib/os.py:7) 3\n",
	     .focus = "load", .hide = "load");
	/* As in pprof: the mark of a truncated stack is a frame that stays. */
	PART(p, "[truncated] 5\n", .hide = "py$");
	PART(p, AGAIN, .focus = "truncated");
	PART(p, READ WORK, .ignore = "truncated");
	profile_destroy(p);
}

/* The example of pprof's own PruneFrom(): [D C B A B], seen from the root. */
static void prunes_below_the_lowest(void **state)
{
	struct profile *p = make();

	(void)state;
	sample(p, "D/x:1 B/x:1 C/x:1 B/x:1 A/x:1", PROFILE_NONE, PROFILE_MARK_TRUNCATED, 0, 1);
	PART(p, "D (/x:1);B (/x:1);C (/x:1);B (/x:1);A (/x:1) 1\n", .prune_from = "A");
	PART(p, "D (/x:1);B (/x:1);C (/x:1);B (/x:1) 1\n", .prune_from = "B");
	PART(p, "D (/x:1);B (/x:1);C (/x:1) 1\n", .prune_from = "C");
	PART(p, "D (/x:1) 1\n", .prune_from = "D");
	/* By names alone, and nothing is cut where none matches. */
	PART(p, "D (/x:1);B (/x:1);C (/x:1);B (/x:1);A (/x:1);[truncated] 1\n",
	     .prune_from = "/x");
	profile_destroy(p);
}

static void makes_frames_coarser(void **state)
{
	struct profile *p = three_stacks();

	(void)state;
	PART(p, "main (a.py);load (io.py);main (a.py);read (/lib/os.py);[truncated] 5\n"
		"main (a.py);load (io.py);read (/lib/os.py) 3\nmain (a.py);work (a.py) 4\n",
	     .granularity = PROFILE_FUNCTIONS);
	PART(p, "/srv/a.py (a.py) 4\n/srv/a.py (a.py);/srv/io.py (io.py);/lib/os.py (/lib/os.py) 3\n"
		"/srv/a.py (a.py);/srv/io.py (io.py);/srv/a.py (a.py);/lib/os.py "
		"(/lib/os.py);[truncated] 5\n",
	     .granularity = PROFILE_FILES);
	PART(p, "a 4\na;io;a;lib/os;[truncated] 5\na;io;lib/os 3\n",
	     .granularity = PROFILE_MODULES);
	profile_destroy(p);
}

static struct profile *threads_and_labels(void)
{
	struct profile *p = make();
	uint32_t one = thread(p, 10, "shop --one", 11, "main");
	uint32_t two = thread(p, 20, "shop --two", 22, "worker");
	uint32_t nameless = thread(p, 20, "shop --two", 23, "");
	struct profile_label route = { .key = str(p, "route"), .text = str(p, "/cart") };
	struct profile_label size = { .key = str(p, "size"), .number = -7, .unit = str(p, "bytes") };
	struct profile_label both[] = { route, size };

	sample(p, "f/x:1", one, 0, profile_label_set(p, &route, 1), 1);
	sample(p, "f/x:1", two, 0, profile_label_set(p, both, 2), 2);
	sample(p, "f/x:1 g/x:2", nameless, PROFILE_MARK_IDLE, 0, 4);
	sample(p, "f/x:1", PROFILE_NONE, 0, 0, 8);
	return p;
}

static void chooses_threads_and_processes(void **state)
{
	struct profile *p = threads_and_labels();

	(void)state;
	PART(p, "f (/x:1) 1\n", .thread = "main");
	PART(p, "f (/x:1) 2\n", .thread = "22");
	PART(p, "f (/x:1);g (/x:2) 4\n", .thread = "^$");
	PART(p, "f (/x:1) 2\nf (/x:1);g (/x:2) 4\n", .process = "20");
	PART(p, "f (/x:1) 3\nf (/x:1);g (/x:2) 4\n", .process = "^shop");
	PART(p, "f (/x:1) 2\n", .process = "two", .thread = "work");
	profile_destroy(p);
}

static void puts_labels_in(void **state)
{
	struct profile *p = threads_and_labels();

	(void)state;
	PART(p, " (thread);f (/x:1) 8\n23 (thread);f (/x:1);g (/x:2) 4\nmain (thread);f (/x:1) 1\n"
		"worker (thread);f (/x:1) 2\n",
	     .root = "thread");
	PART(p, "f (/x:1); (route); (size) 8\nf (/x:1);/cart (route); (size) 1\n"
		"f (/x:1);/cart (route);-7bytes (size) 2\nf (/x:1);g (/x:2); (route); (size) 4\n",
	     .leaf = "route,size");
	PART(p, "shop --one (process);main (thread);f (/x:1) 1\n", .root = "process,thread",
	     .thread = "main");
	profile_destroy(p);
}

/* As in pprof: what labels put in is matched like any frame. */
static void label_frames_are_frames(void **state)
{
	struct profile *p = threads_and_labels();

	(void)state;
	PART(p, "worker (thread);f (/x:1) 2\n", .root = "thread", .focus = "^worker$");
	PART(p, " (thread);f (/x:1) 8\n23 (thread);f (/x:1);g (/x:2) 4\nmain (thread);f (/x:1) 1\n",
	     .root = "thread", .ignore = "^worker$");
	PART(p, " (thread);f (/x:1) 8\n23 (thread);f (/x:1);g (/x:2) 4\nf (/x:1) 1\n"
		"worker (thread);f (/x:1) 2\n",
	     .root = "thread", .hide = "^main$");
	PART(p, " (thread) 8\n23 (thread) 4\nmain (thread) 1\nworker (thread) 2\n",
	     .root = "thread", .hide = "^[fg]$");
	/* A leaf's label is below what is cut; one that matches is where it is cut. */
	PART(p, "f (/x:1) 15\n", .leaf = "thread", .prune_from = "f");
	PART(p, "f (/x:1) 8\nf (/x:1);g (/x:2);23 (thread) 4\n"
		"f (/x:1);main (thread);/cart (route) 1\nf (/x:1);worker (thread);/cart (route) 2\n",
	     .leaf = "thread,route", .prune_from = "[a-z0-9]+|^$");
	PART(p, "main (thread) 1\n", .root = "thread,process", .prune_from = "main",
	     .thread = "main");
	PART(p, "idle (state);f (/x:1);g (/x:2) 4\n", .root = "state", .focus = "g");
	PART(p, "11 (thread_id);10 (process_id);f (/x:1) 1\n", .root = "thread_id,process_id",
	     .thread = "main");
	profile_destroy(p);
}

/* Nothing of what was left out is in the part. */
static void forgets_the_rest(void **state)
{
	struct profile *p = three_stacks();
	struct profile_filter filter = { .ignore = "^load$" };
	struct profile *part;

	(void)state;
	assert_int_equal(profile_filter(&part, p, &filter, NULL), PYPROF_OK);
	assert_int_equal(part->n_nodes, 3);
	assert_int_equal(part->n_functions, 2);
	for (size_t i = 0; i < part->n_strings; i++)
		assert_null(strstr(part->strings[i], "load"));
	profile_destroy(part);
	profile_destroy(p);
}

/* Two things asked for that do not meet: each is there. */
static void tells_what_is_there(void **state)
{
	struct profile *p = threads_and_labels();

	(void)state;
	PART(p, "", .focus = "g", .thread = "main");
	profile_destroy(p);
}

static void keeps_the_rest(void **state)
{
	struct profile *p = threads_and_labels();
	struct profile_mapping mapping = { 1, 2, 3, str(p, "lib.so"), str(p, "ab12") };
	struct profile_filter filter = { .focus = "g" };
	const struct profile_sample *s;
	struct profile *part;

	(void)state;
	profile_mapping(p, &mapping);
	assert_int_equal(profile_filter(&part, p, &filter, NULL), PYPROF_OK);
	assert_int_equal(part->n_samples, 1);
	s = &part->samples[0];
	assert_int_equal(s->marks, PROFILE_MARK_IDLE);
	assert_int_equal(part->threads[s->thread].tid, 23);
	assert_int_equal(part->processes[part->threads[s->thread].process].pid, 20);
	assert_int_equal(part->values[1], 40);
	assert_int_equal(part->default_metric, 1);
	assert_int_equal(part->locations[part->nodes[s->node].location].column, 3);
	assert_int_equal(part->n_mappings, 1);
	assert_string_equal(profile_str(part, part->mappings[0].build_id), "ab12");
	assert_string_equal(part->info.cwd, "/srv");
	profile_destroy(part);
	profile_destroy(p);
}

static void assert_refused(const struct profile *p, struct profile_filter filter,
			   enum pyprof_status status, const char *says)
{
	struct pyprof_error err = { 0 };
	struct profile *part = (struct profile *)1;

	assert_int_equal(profile_filter(&part, p, &filter, &err), status);
	assert_null(part);
	if (!strstr(err.message, says))
		fail_msg("'%s' does not say '%s'", err.message, says);
}

#define REFUSED(p, status, says, ...)                                                    \
	assert_refused(p, (struct profile_filter){ __VA_ARGS__ }, status, says)

static void says_what_is_not_there(void **state)
{
	struct profile *p = threads_and_labels();

	(void)state;
	REFUSED(p, PYPROF_ERR_USAGE, "--focus: no frame matches 'nope'", .focus = "nope");
	REFUSED(p, PYPROF_ERR_USAGE, "--thread", .thread = "nope");
	REFUSED(p, PYPROF_ERR_USAGE, "--process", .process = "nope");
	REFUSED(p, PYPROF_ERR_USAGE, "--root: no label", .root = "nope");
	REFUSED(p, PYPROF_ERR_USAGE, "--leaf", .leaf = "a,,b");
	REFUSED(p, PYPROF_ERR_USAGE, "--hide: '(' is no regular expression", .hide = "(");
	profile_destroy(p);
	p = make();
	sample(p, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!/x:1", PROFILE_NONE, 0, 0, 1);
	REFUSED(p, PYPROF_ERR_LIMIT, "too long", .ignore = "^(a|a?)+$");
	profile_destroy(p);
}

static void takes_a_profile_of_nothing(void **state)
{
	struct profile *p = make();

	(void)state;
	PART(p, "", .focus = "x", .root = "thread", .granularity = PROFILE_MODULES);
	assert_false(profile_filter_any(&(struct profile_filter){ 0 }));
	assert_true(profile_filter_any(&(struct profile_filter){ .leaf = "x" }));
	profile_destroy(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chooses_stacks),
		cmocka_unit_test(hides_frames),
		cmocka_unit_test(prunes_below_the_lowest),
		cmocka_unit_test(makes_frames_coarser),
		cmocka_unit_test(chooses_threads_and_processes),
		cmocka_unit_test(puts_labels_in),
		cmocka_unit_test(label_frames_are_frames),
		cmocka_unit_test(forgets_the_rest),
		cmocka_unit_test(tells_what_is_there),
		cmocka_unit_test(keeps_the_rest),
		cmocka_unit_test(says_what_is_not_there),
		cmocka_unit_test(takes_a_profile_of_nothing),
	};

	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
