/* SPDX-License-Identifier: MIT */
#include "profile/match.h"

#include <limits.h>

#include "support/made_runs.h"

/* A side of one profile: its folder, NULL unknown, and its functions, "name (file:line)" each. */
struct side_of {
	const char *cwd;
	const char *functions[12];
};

static struct profile *make(const struct side_of *side)
{
	struct profile *p = made_profile("");

	if (side->cwd)
		p->info.cwd = strdup(side->cwd);
	for (size_t i = 0; i < ARRAY_SIZE(side->functions) && side->functions[i]; i++)
		made_frame(p, PROFILE_ROOT, side->functions[i], strlen(side->functions[i]));
	return p;
}

/* Sorted, a line a function: "name (file) [module] base:head", - where a side has none. */
static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void say_line(char *out, size_t size, const struct match_function *f, bool swapped)
{
	char lines[SIDES][16];

	for (int side = 0; side < SIDES; side++) {
		snprintf(lines[side], sizeof(lines[side]), "-");
		if (f->in[side])
			snprintf(lines[side], sizeof(lines[side]), "%d", (int)f->line[side]);
	}
	snprintf(out, size, "%s (%s) [%s] %s:%s\n", f->name, f->file, f->module, lines[swapped],
		 lines[!swapped]);
}

static void say(const struct match *match, bool swapped, char *out, size_t size)
{
	char lines[50][200];
	const char *order[50];

	assert_in_range(match->n, 0, 50);
	for (size_t i = 0; i < match->n; i++) {
		say_line(lines[i], sizeof(lines[i]), &match->functions[i], swapped);
		order[i] = lines[i];
	}
	qsort(order, match->n, sizeof(*order), compare_lines);
	*out = '\0';
	for (size_t i = 0; i < match->n; i++)
		snprintf(out + strlen(out), size - strlen(out), "%s", order[i]);
}

/* What must hold of every match. */
static void check(const struct match *match, const struct match_side sides[SIDES])
{
	for (int side = 0; side < SIDES; side++) {
		assert_int_equal(match->n_profiles[side], sides[side].n);
		for (size_t i = 0; i < sides[side].n; i++) {
			const struct profile *p = sides[side].profiles[i];

			for (size_t k = 0; k < p->n_functions; k++) {
				uint32_t id = match->of[side][i][k];

				assert_in_range(id, 0, match->n - 1);
				assert_true(match->functions[id].in[side]);
				assert_string_equal(match->functions[id].name,
						    p->strings[p->functions[k].name]);
			}
		}
	}
}

static void match_and_say(struct profile *base, struct profile *head, bool swapped, char *out,
			  size_t size)
{
	const struct profile *profiles[2] = { swapped ? head : base, swapped ? base : head };
	const struct match_side sides[SIDES] = { { .profiles = &profiles[0], .n = 1 },
						 { .profiles = &profiles[1], .n = 1 } };
	struct match *match;

	assert_int_equal(match_create(&match, sides, NULL), PYPROF_OK);
	check(match, sides);
	say(match, swapped, out, size);
	match_destroy(match);
}

/* Swapped sides match in the same way. */
static void expect(struct side_of base, struct side_of head, const char *want)
{
	struct profile *b = make(&base), *h = make(&head);

	for (int swapped = 0; swapped < 2; swapped++) {
		char got[4000];

		match_and_say(b, h, swapped, got, sizeof(got));
		assert_string_equal(got, want);
	}
	profile_destroy(b);
	profile_destroy(h);
}

static void two_environments(void **state)
{
	(void)state;
	expect((struct side_of){ NULL,
				 { "f (/venv-a/lib/python3.12/site-packages/foo/x.py:3)",
				   "d (/usr/lib/python3.12/json/decoder.py:9)",
				   "b (<frozen importlib._bootstrap>:1)" } },
	       (struct side_of){ NULL,
				 { "f (/venv-b/lib/python3.13/site-packages/foo/x.py:5)",
				   "d (/opt/lib/python3.13/json/decoder.py:9)",
				   "b (<frozen importlib._bootstrap>:1)" } },
	       "b (<frozen importlib._bootstrap>) [importlib] 1:1\n"
	       "d (json/decoder.py) [json] 9:9\n"
	       "f (foo/x.py) [foo] 3:5\n");
}

static void two_checkouts(void **state)
{
	(void)state;
	expect((struct side_of){ "/src/old", { "f (/src/old/shop/app.py:3)" } },
	       (struct side_of){ "/src/new", { "f (/src/new/shop/app.py:3)" } },
	       "f (shop/app.py) [shop/app] 3:3\n");
	/* Run from elsewhere: nobody says what the folders are. */
	expect((struct side_of){ "/", { "f (/src/old/shop/app.py:3)", "g (/src/old/x.py:1)",
					"h (/src/old/gone.py:1)", "t (/usr/bin/tool:1)" } },
	       (struct side_of){ NULL, { "f (/src/new/shop/app.py:3)", "g (/src/new/x.py:1)",
					 "i (/src/new/come.py:1)", "t (/usr/bin/tool:1)" } },
	       "f (shop/app.py) [shop/app] 3:3\n"
	       "g (x.py) [x] 1:1\n"
	       "h (gone.py) [gone] 1:-\n"
	       "i (come.py) [come] -:1\n"
	       "t (/usr/bin/tool) [bin/tool] 1:1\n");
	/* Of one its files are short, as folded stacks are that we wrote. */
	expect((struct side_of){ NULL, { "f (shop/app.py:3)", "g (x.py:1)" } },
	       (struct side_of){ NULL, { "f (/src/new/shop/app.py:3)", "g (/src/new/x.py:1)" } },
	       "f (shop/app.py) [shop/app] 3:3\n"
	       "g (x.py) [x] 1:1\n");
	/* The one is inside the other, in more than one way. */
	expect((struct side_of){ NULL, { "f (/a/b/a.py:3)" } },
	       (struct side_of){ NULL, { "f (/a/b/b/a.py:3)" } },
	       "f (b/a.py) [b/a] 3:3\n");
}

/* Same names, other folders, in what is one tree: they are what they are. */
static void files_that_moved(void **state)
{
	(void)state;
	expect((struct side_of){ "/src", { "m (/src/main.py:1)", "f (/src/a/util.py:3)" } },
	       (struct side_of){ "/src", { "m (/src/main.py:1)", "f (/src/b/util.py:3)" } },
	       "f (a/util.py) [a/util] 3:-\n"
	       "f (b/util.py) [b/util] -:3\n"
	       "m (main.py) [main] 1:1\n");
	expect((struct side_of){ NULL, { "m (/src/main.py:1)", "f (/src/a/util.py:3)" } },
	       (struct side_of){ NULL, { "m (/src/main.py:1)", "f (/src/b/util.py:3)" } },
	       "f (/src/a/util.py) [a/util] 3:-\n"
	       "f (/src/b/util.py) [b/util] -:3\n"
	       "m (/src/main.py) [src/main] 1:1\n");
	/* Out of the known folder. */
	expect((struct side_of){ "/src", { "m (/src/main.py:1)", "f (/src/util.py:3)" } },
	       (struct side_of){ "/src", { "m (/src/main.py:1)", "f (/opt/util.py:3)" } },
	       "f (/opt/util.py) [opt/util] -:3\n"
	       "f (util.py) [util] 3:-\n"
	       "m (main.py) [main] 1:1\n");
}

/* Two files of one side are never one. */
static void files_of_one_side_stay_apart(void **state)
{
	(void)state;
	expect((struct side_of){ NULL, { "f (/a/x.py:1)", "f (/b/x.py:1)" } },
	       (struct side_of){ NULL, { "f (/c/x.py:1)", "f (/d/x.py:1)" } },
	       "f (/a/x.py) [a/x] 1:-\n"
	       "f (/b/x.py) [b/x] 1:-\n"
	       "f (/c/x.py) [c/x] -:1\n"
	       "f (/d/x.py) [d/x] -:1\n");
	/* What both have is below the one folder, and would not be below the other. */
	expect((struct side_of){ NULL, { "f (/app.py:1)", "t (/usr/bin/tool:1)" } },
	       (struct side_of){ NULL, { "f (/src/app.py:1)", "t (/usr/bin/tool:1)" } },
	       "f (/app.py) [app] 1:-\n"
	       "f (/src/app.py) [src/app] -:1\n"
	       "t (/usr/bin/tool) [bin/tool] 1:1\n");
	/* b/x.py has nothing like it on the other side, whatever is nearest. */
	expect((struct side_of){ NULL, { "f (/o/a/x.py:1)", "f (/o/a/y.py:1)", "f (/o/b/x.py:1)",
					 "f (/o/b/y.py:1)", "f (/o/b/z.py:1)" } },
	       (struct side_of){ NULL, { "f (/n/a/x.py:1)", "f (/n/a/y.py:1)", "f (/n/a/z.py:1)" } },
	       "f (a/x.py) [a/x] 1:1\n"
	       "f (a/y.py) [a/y] 1:1\n"
	       "f (a/z.py) [a/z] -:1\n"
	       "f (b/x.py) [b/x] 1:-\n"
	       "f (b/y.py) [b/y] 1:-\n"
	       "f (b/z.py) [b/z] 1:-\n");
	/* Cut by its folder, /src/new/x.py would be the x.py that is there as well. */
	expect((struct side_of){ NULL, { "f (/src/old/x.py:1)", "g (/src/old/y.py:1)" } },
	       (struct side_of){ NULL, { "f (/src/new/x.py:1)", "g (/src/new/y.py:1)",
					 "f (x.py:7)" } },
	       "f (/src/new/x.py) [new/x] -:1\n"
	       "f (/src/old/x.py) [old/x] 1:-\n"
	       "f (x.py) [x] -:7\n"
	       "g (/src/new/y.py) [new/y] -:1\n"
	       "g (/src/old/y.py) [old/y] 1:-\n");
}

static void lines_are_no_part_of_it(void **state)
{
	(void)state;
	expect((struct side_of){ NULL, { "f (a.py:3)", "g", "h (b.py)" } },
	       (struct side_of){ NULL, { "f (a.py:30)", "g", "h (b.py:9)" } },
	       "f (a.py) [a] 3:30\n"
	       "g () [] 0:0\n"
	       "h (b.py) [b] 0:9\n");
}

static void several_of_one_name(void **state)
{
	(void)state;
	/* As many, and nothing to go by: in order. */
	expect((struct side_of){ NULL, { "<lambda> (a.py:10)", "<lambda> (a.py:20)" } },
	       (struct side_of){ NULL, { "<lambda> (a.py:30)", "<lambda> (a.py:20)" } },
	       "<lambda> (a.py) [a] 10:20\n"
	       "<lambda> (a.py) [a] 20:30\n");
	/* Not as many: what is where it was, and one for all that is left. */
	expect((struct side_of){ NULL, { "<lambda> (a.py:10)", "<lambda> (a.py:20)",
					 "<lambda> (a.py:30)" } },
	       (struct side_of){ NULL, { "<lambda> (a.py:20)", "<lambda> (a.py:33)" } },
	       "<lambda> (a.py) [a] 10:33\n"
	       "<lambda> (a.py) [a] 20:20\n");
	/* Only one side has more: they are what they are. */
	expect((struct side_of){ NULL, { "<lambda> (a.py:10)", "<lambda> (a.py:20)",
					 "<lambda> (a.py:30)" } },
	       (struct side_of){ NULL, { "<lambda> (a.py:20)" } },
	       "<lambda> (a.py) [a] 10:-\n"
	       "<lambda> (a.py) [a] 20:20\n"
	       "<lambda> (a.py) [a] 30:-\n");
	/* One whose line is not known may be any of them. */
	expect((struct side_of){ NULL, { "<lambda> (a.py:10)", "<lambda> (a.py:20)" } },
	       (struct side_of){ NULL, { "<lambda> (a.py)" } },
	       "<lambda> (a.py) [a] 10:0\n");
	/* One of several whose line is not known: as many or not. */
	expect((struct side_of){ NULL, { "<lambda> (a.py)", "<lambda> (a.py:20)" } },
	       (struct side_of){ NULL, { "<lambda> (a.py:5)", "<lambda> (a.py:7)" } },
	       "<lambda> (a.py) [a] 0:5\n");
	/* Of another file, nothing is known. */
	expect((struct side_of){ NULL, { "f (a.py:10)", "f (a.py:20)", "f (b.py:10)" } },
	       (struct side_of){ NULL, { "f (b.py:10)" } },
	       "f (a.py) [a] 10:-\n"
	       "f (a.py) [a] 20:-\n"
	       "f (b.py) [b] 10:10\n");
}

/* Ten lines more on top: by chance some are where others have been. */
static void lines_moved_by_what_is_around(void **state)
{
	(void)state;
	expect((struct side_of){ NULL, { "f (a.py:5)", "<lambda> (a.py:10)", "<lambda> (a.py:20)",
					 "<lambda> (a.py:30)" } },
	       (struct side_of){ NULL, { "f (a.py:15)", "<lambda> (a.py:30)",
					 "<lambda> (a.py:40)" } },
	       "<lambda> (a.py) [a] 10:-\n"
	       "<lambda> (a.py) [a] 20:30\n"
	       "<lambda> (a.py) [a] 30:40\n"
	       "f (a.py) [a] 5:15\n");
	/* Ten more in between. */
	expect((struct side_of){ NULL, { "f (a.py:5)", "<lambda> (a.py:10)", "g (a.py:15)",
					 "<lambda> (a.py:20)", "<lambda> (a.py:30)" } },
	       (struct side_of){ NULL, { "f (a.py:5)", "<lambda> (a.py:10)", "g (a.py:25)",
					 "<lambda> (a.py:30)" } },
	       "<lambda> (a.py) [a] 10:10\n"
	       "<lambda> (a.py) [a] 20:30\n"
	       "<lambda> (a.py) [a] 30:-\n"
	       "f (a.py) [a] 5:5\n"
	       "g (a.py) [a] 15:25\n");
}

static void lines_that_tell_nothing(void **state)
{
	(void)state;
	/* What has no name is no landmark: in order. */
	expect((struct side_of){ NULL, { "<module> (a.py:1)", "<lambda> (a.py:10)",
					 "<lambda> (a.py:20)" } },
	       (struct side_of){ NULL, { "<module> (a.py:1)", "<lambda> (a.py:20)",
					 "<lambda> (a.py:30)" } },
	       "<lambda> (a.py) [a] 10:20\n"
	       "<lambda> (a.py) [a] 20:30\n"
	       "<module> (a.py) [a] 1:1\n");
	/* Functions that changed places: each has to be expected from the other. */
	expect((struct side_of){ NULL, { "f (a.py:10)", "g (a.py:40)", "<lambda> (a.py:80)" } },
	       (struct side_of){ NULL, { "f (a.py:50)", "g (a.py:20)", "<lambda> (a.py:60)",
					 "<lambda> (a.py:99)" } },
	       "<lambda> (a.py) [a] 80:60\n"
	       "f (a.py) [a] 10:50\n"
	       "g (a.py) [a] 40:20\n");
	/* In the line of a landmark it is that one that counts. */
	expect((struct side_of){ NULL, { "e (a.py:5)", "f (a.py:10)", "<lambda> (a.py:10)",
					 "<lambda> (a.py:30)" } },
	       (struct side_of){ NULL, { "e (a.py:5)", "f (a.py:15)", "<lambda> (a.py:15)" } },
	       "<lambda> (a.py) [a] 10:15\n"
	       "<lambda> (a.py) [a] 30:-\n"
	       "e (a.py) [a] 5:5\n"
	       "f (a.py) [a] 10:15\n");
}

static void hostile_lines(void **state)
{
	(void)state;
	expect((struct side_of){ NULL, { "f (a.py:2147483647)", "<l> (a.py:2147483647)",
					 "<l> (a.py:1)", "<l> (a.py:-5)" } },
	       (struct side_of){ NULL, { "f (a.py:1)", "<l> (a.py:2147483646)",
					 "<l> (a.py:2)" } },
	       "<l> (a.py) [a] 0:2\n"
	       "f (a.py) [a] 2147483647:1\n");
}

/* Names and files are what they are, behind a NUL too. */
static void texts_with_nuls(void **state)
{
	static const char names[][4] = { "f\0a", "f\0b" };
	struct profile *p[SIDES];
	const struct profile *const *sides_of[SIDES];
	struct match_side sides[SIDES];
	struct match *match;

	(void)state;
	for (int side = 0; side < SIDES; side++) {
		p[side] = made_profile("");
		p[side]->info.cwd = strdup("/x");
		for (int i = 0; i < 2; i++)
			profile_function(p[side], profile_string(p[side], names[i], 3),
					 profile_string(p[side], "/x/a\0b", 6), 1);
		sides_of[side] = (const struct profile *const *)&p[side];
		sides[side] = (struct match_side){ .profiles = sides_of[side], .n = 1 };
	}
	assert_int_equal(match_create(&match, sides, NULL), PYPROF_OK);
	assert_int_equal(match->n, 2);
	for (int i = 0; i < 2; i++) {
		assert_true(match->functions[i].in[0] && match->functions[i].in[1]);
		assert_int_equal(match->functions[i].name_len, 3);
		assert_memory_equal(match->functions[i].name, names[i], 3);
		assert_int_equal(match->functions[i].file_len, 6);
		assert_memory_equal(match->functions[i].file, "/x/a\0b", 6);
	}
	match_destroy(match);
	profile_destroy(p[0]);
	profile_destroy(p[1]);
}

/* Several runs a side, each in a folder of its own; a side without any. */
static void several_runs(void **state)
{
	const struct side_of runs[] = {
		{ "/tmp/1", { "f (/tmp/1/a.py:3)", "g (/tmp/1/b.py:1)" } },
		{ "/tmp/2", { "f (/tmp/2/a.py:3)" } },
		{ "/tmp/3", { "f (/tmp/3/a.py:4)", "h (/tmp/3/b.py:9)" } },
	};
	struct profile *p[3];
	struct match_side sides[SIDES];
	struct match *match;
	char got[400];

	(void)state;
	for (int i = 0; i < 3; i++)
		p[i] = make(&runs[i]);
	sides[SIDE_BASE] = (struct match_side){ .profiles = (const struct profile *const *)p, .n = 2 };
	sides[SIDE_HEAD] = (struct match_side){ .profiles = (const struct profile *const *)p + 2, .n = 1 };
	assert_int_equal(match_create(&match, sides, NULL), PYPROF_OK);
	check(match, sides);
	say(match, false, got, sizeof(got));
	assert_string_equal(got, "f (a.py) [a] 3:4\ng (b.py) [b] 1:-\nh (b.py) [b] -:9\n");
	for (size_t i = 0; i < match->n; i++) {
		if (!strcmp(match->functions[i].name, "f"))
			assert_string_equal(match->functions[i].path, "/tmp/3/a.py");
		/* A file that the head has is the head's, whoever has the function. */
		if (!strcmp(match->functions[i].name, "g"))
			assert_string_equal(match->functions[i].path, "/tmp/3/b.py");
	}
	match_destroy(match);
	sides[SIDE_HEAD].n = 0;
	assert_int_equal(match_create(&match, sides, NULL), PYPROF_OK);
	assert_int_equal(match->n, 2);
	match_destroy(match);
	for (int i = 0; i < 3; i++)
		profile_destroy(p[i]);
}

/* Stacks "a (f.py:1);b (f.py:3)", the root first. */
static struct profile *make_stacks(const char *const *stacks)
{
	struct profile *p = made_profile("");

	for (; *stacks; stacks++) {
		char text[300], *left = text, *frame;
		uint32_t node = PROFILE_ROOT;

		snprintf(text, sizeof(text), "%s", *stacks);
		while ((frame = strsep(&left, ";")) != NULL)
			node = made_frame(p, node, frame, strlen(frame));
	}
	return p;
}

static void expect_stacks(const char *const *base, const char *const *head, const char *want,
			  const char *want_swapped)
{
	struct profile *b = make_stacks(base), *h = make_stacks(head);
	char got[4000];

	match_and_say(b, h, false, got, sizeof(got));
	assert_string_equal(got, want);
	match_and_say(b, h, true, got, sizeof(got));
	assert_string_equal(got, want_swapped);
	profile_destroy(b);
	profile_destroy(h);
}

#define STACKS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void scripts_of_two_names(void **state)
{
	(void)state;
	/* Another name, as the head has it; what else is in it is matched as in any file. */
	expect_stacks(STACKS("<module> (t.py:1);main (t.py:9);big (t.py:3)",
			     "<module> (t.py:1);<lambda> (t.py:20)", "<module> (t.py:1);g (t.py:30)",
			     "<module> (t.py:1);x (lib.py:1)"),
		      STACKS("<module> (t2.py:1);main (t2.py:11);big (t2.py:5)",
			     "<module> (t2.py:1);<lambda> (t2.py:22)",
			     "<module> (t2.py:1);h (t2.py:40)", "<module> (t2.py:1);x (lib.py:1)"),
		      "<lambda> (t2.py) [t2] 20:22\n<module> (t2.py) [t2] 1:1\n"
		      "big (t2.py) [t2] 3:5\ng (t2.py) [t2] 30:-\nh (t2.py) [t2] -:40\n"
		      "main (t2.py) [t2] 9:11\nx (lib.py) [lib] 1:1\n",
		      "<lambda> (t.py) [t] 20:22\n<module> (t.py) [t] 1:1\n"
		      "big (t.py) [t] 3:5\ng (t.py) [t] 30:-\nh (t.py) [t] -:40\n"
		      "main (t.py) [t] 9:11\nx (lib.py) [lib] 1:1\n");
	/* Below runpy's frames, of either kind, or not. */
	expect_stacks(STACKS("_run_module_as_main (<frozen runpy>:1);_run_code (<frozen runpy>:5);"
			     "<module> (t.py:1);f (t.py:3)"),
		      STACKS("<module> (t2.py:1);f (t2.py:3)"),
		      "<module> (t2.py) [t2] 1:1\n_run_code (<frozen runpy>) [runpy] 5:-\n"
		      "_run_module_as_main (<frozen runpy>) [runpy] 1:-\nf (t2.py) [t2] 3:3\n",
		      "<module> (t.py) [t] 1:1\n_run_code (<frozen runpy>) [runpy] 5:-\n"
		      "_run_module_as_main (<frozen runpy>) [runpy] 1:-\nf (t.py) [t] 3:3\n");
	expect_stacks(STACKS("_run_code (/usr/lib/python3.9/runpy.py:5);<module> (t.py:1)"),
		      STACKS("_run_code (/usr/lib/python3.9/runpy.py:5);<module> (t2.py:1)"),
		      "<module> (t2.py) [t2] 1:1\n_run_code (runpy.py) [runpy] 5:5\n",
		      "<module> (t.py) [t] 1:1\n_run_code (runpy.py) [runpy] 5:5\n");
}

static void scripts_that_stay_apart(void **state)
{
	(void)state;
	/* Two on one side: nobody knows which. */
	expect_stacks(STACKS("<module> (t.py:1)", "<module> (u.py:1)"), STACKS("<module> (v.py:1)"),
		      "<module> (t.py) [t] 1:-\n<module> (u.py) [u] 1:-\n"
		      "<module> (v.py) [v] -:1\n",
		      "<module> (t.py) [t] 1:-\n<module> (u.py) [u] 1:-\n"
		      "<module> (v.py) [v] -:1\n");
	/* A module that is imported is where no program began; nor did one in a thread's function. */
	expect_stacks(STACKS("<module> (t.py:1);<module> (a.py:1)", "run (c.py:3)"),
		      STACKS("<module> (t.py:1);<module> (b.py:1)", "run (d.py:3)"),
		      "<module> (a.py) [a] 1:-\n<module> (b.py) [b] -:1\n"
		      "<module> (t.py) [t] 1:1\nrun (c.py) [c] 3:-\nrun (d.py) [d] -:3\n",
		      "<module> (a.py) [a] 1:-\n<module> (b.py) [b] -:1\n"
		      "<module> (t.py) [t] 1:1\nrun (c.py) [c] 3:-\nrun (d.py) [d] -:3\n");
	/* The head has something of the base's: they are two files. */
	expect_stacks(STACKS("<module> (t.py:1);f (t.py:2)"),
		      STACKS("<module> (u.py:1);f (t.py:2)"),
		      "<module> (t.py) [t] 1:-\n<module> (u.py) [u] -:1\nf (t.py) [t] 2:2\n",
		      "<module> (t.py) [t] 1:-\n<module> (u.py) [u] -:1\nf (t.py) [t] 2:2\n");
	/* No files. */
	expect_stacks(STACKS("<module> (<string>:1)"), STACKS("<module> (t.py:1)"),
		      "<module> (<string>) [<string>] 1:-\n<module> (t.py) [t] -:1\n",
		      "<module> (<string>) [<string>] 1:-\n<module> (t.py) [t] -:1\n");
}

/* Scripts of two folders below one working folder: what is beside them is beside them. */
static void folders_of_scripts(void **state)
{
	const char *want = "<module> (app.py) [app] 1:1\nf (lib.py) [lib] 1:2\n"
			   "g (pkg/a.py) [pkg/a] 3:-\nh (pkg/b.py) [pkg/b] -:3\n";

	(void)state;
	expect_stacks(STACKS("<module> (v1/app.py:1);f (v1/lib.py:1)",
			     "<module> (v1/app.py:1);g (v1/pkg/a.py:3)"),
		      STACKS("<module> (v2/app.py:1);f (v2/lib.py:2)",
			     "<module> (v2/app.py:1);h (v2/pkg/b.py:3)"),
		      want, want);
	/* The script has another name; the one is in the working folder itself. */
	expect_stacks(STACKS("<module> (v1/a.py:1);f (v1/lib.py:1)"),
		      STACKS("<module> (b.py:1);f (lib.py:2)"),
		      "<module> (b.py) [b] 1:1\nf (lib.py) [lib] 1:2\n",
		      "<module> (a.py) [a] 1:1\nf (lib.py) [lib] 1:2\n");
	/* python -m: the folders are those above the package. */
	expect_stacks(STACKS("_run_code (<frozen runpy>:5);<module> (old/p/__main__.py:1);f (old/q.py:1)"),
		      STACKS("_run_code (<frozen runpy>:5);<module> (new/p/__main__.py:1);f (new/q.py:2)"),
		      "<module> (p/__main__.py) [p/__main__] 1:1\n"
		      "_run_code (<frozen runpy>) [runpy] 5:5\nf (q.py) [q] 1:2\n",
		      "<module> (p/__main__.py) [p/__main__] 1:1\n"
		      "_run_code (<frozen runpy>) [runpy] 5:5\nf (q.py) [q] 1:2\n");
	/* cProfile's: a script's own name is as it was told, what it imports is absolute. */
	expect_stacks(STACKS("<built-in method builtins.exec>;<module> (v1/app.py:1);f (/w/v1/lib.py:1)"),
		      STACKS("<built-in method builtins.exec>;<module> (v2/app.py:1);f (/w/v2/lib.py:2)"),
		      "<built-in method builtins.exec> () [] 0:0\n<module> (app.py) [app] 1:1\n"
		      "f (lib.py) [lib] 1:2\n",
		      "<built-in method builtins.exec> () [] 0:0\n<module> (app.py) [app] 1:1\n"
		      "f (lib.py) [lib] 1:2\n");
	/* What both have stays what it is, in whoever's folder it is. */
	expect_stacks(STACKS("<module> (v1/app.py:1);f (v1/lib.py:1)", "<module> (v1/app.py:1);g (v1/x.py:1)",
			     "<module> (v1/app.py:1);g (common/x.py:1)"),
		      STACKS("<module> (v2/app.py:1);f (v2/lib.py:2)", "<module> (v2/app.py:1);g (v1/x.py:1)",
			     "<module> (v2/app.py:1);g (common/x.py:1)"),
		      "<module> (app.py) [app] 1:1\nf (lib.py) [lib] 1:2\n"
		      "g (common/x.py) [common/x] 1:1\ng (v1/x.py) [v1/x] 1:1\n",
		      "<module> (app.py) [app] 1:1\nf (lib.py) [lib] 1:2\n"
		      "g (common/x.py) [common/x] 1:1\ng (v1/x.py) [v1/x] 1:1\n");
	/* A venv's own script, and then folders of another kind. */
	expect_stacks(STACKS("<module> (/a/bin/tool:1);f (/o/lib.py:1)"),
		      STACKS("<module> (/b/bin/tool:1);f (/n/lib.py:2)"),
		      "<module> (bin/tool) [bin/tool] 1:1\nf (lib.py) [lib] 1:2\n",
		      "<module> (bin/tool) [bin/tool] 1:1\nf (lib.py) [lib] 1:2\n");
}

static void folders_that_are_not_of_scripts(void **state)
{
	(void)state;
	/* Two programs on one side are two, whatever their files are called. */
	expect_stacks(STACKS("<module> (v1/app.py:1);f (v1/lib.py:1)", "<module> (v2/app.py:1);f (v2/lib.py:2)"),
		      STACKS("<module> (v3/app.py:1);f (v3/lib.py:3)"),
		      "<module> (v1/app.py) [v1/app] 1:-\n<module> (v2/app.py) [v2/app] 1:-\n"
		      "<module> (v3/app.py) [v3/app] -:1\nf (v1/lib.py) [v1/lib] 1:-\n"
		      "f (v2/lib.py) [v2/lib] 2:-\nf (v3/lib.py) [v3/lib] -:3\n",
		      "<module> (v1/app.py) [v1/app] 1:-\n<module> (v2/app.py) [v2/app] 1:-\n"
		      "<module> (v3/app.py) [v3/app] -:1\nf (v1/lib.py) [v1/lib] 1:-\n"
		      "f (v2/lib.py) [v2/lib] 2:-\nf (v3/lib.py) [v3/lib] -:3\n");
	/* The one side has the very name in its working folder: they would become one. */
	expect_stacks(STACKS("<module> (v1/app.py:1);f (v1/lib.py:1)", "<module> (v1/app.py:1);f (lib.py:9)"),
		      STACKS("<module> (v2/app.py:1);f (v2/lib.py:2)"),
		      "<module> (v2/app.py) [v2/app] 1:1\nf (lib.py) [lib] 9:-\n"
		      "f (v1/lib.py) [v1/lib] 1:-\nf (v2/lib.py) [v2/lib] -:2\n",
		      "<module> (v1/app.py) [v1/app] 1:1\nf (lib.py) [lib] 9:-\n"
		      "f (v1/lib.py) [v1/lib] 1:-\nf (v2/lib.py) [v2/lib] -:2\n");
	expect_stacks(STACKS("<module> (v1/app.py:1);f (v1/lib.py:1)", "<module> (v1/app.py:1);f (lib.py:9)"),
		      STACKS("<module> (v2/app.py:1)"),
		      "<module> (v2/app.py) [v2/app] 1:1\nf (lib.py) [lib] 9:-\n"
		      "f (v1/lib.py) [v1/lib] 1:-\n",
		      "<module> (v1/app.py) [v1/app] 1:1\nf (lib.py) [lib] 9:-\n"
		      "f (v1/lib.py) [v1/lib] 1:-\n");
	/* Or the other side has it, outside of its folder. */
	expect_stacks(STACKS("<module> (v1/app.py:1);f (v1/lib.py:1)"),
		      STACKS("<module> (v2/app.py:1);f (lib.py:2)"),
		      "<module> (v2/app.py) [v2/app] 1:1\nf (lib.py) [lib] -:2\n"
		      "f (v1/lib.py) [v1/lib] 1:-\n",
		      "<module> (v1/app.py) [v1/app] 1:1\nf (lib.py) [lib] -:2\n"
		      "f (v1/lib.py) [v1/lib] 1:-\n");
}

/* PYTHONPATH=old against PYTHONPATH=new: one folder of a tree is exchanged for another. */
static void exchanged_folders(void **state)
{
	(void)state;
	expect_stacks(STACKS("<module> (run.py:1);f (old/lib.py:1)"),
		      STACKS("<module> (run.py:1);f (new/lib.py:2)"),
		      "<module> (run.py) [run] 1:1\nf (lib.py) [lib] 1:2\n",
		      "<module> (run.py) [run] 1:1\nf (lib.py) [lib] 1:2\n");
	expect_stacks(STACKS("<module> (/w/run.py:1);f (/w/old/lib.py:1)"),
		      STACKS("<module> (/w/run.py:1);f (/w/new/lib.py:2)"),
		      "<module> (/w/run.py) [w/run] 1:1\nf (lib.py) [lib] 1:2\n",
		      "<module> (/w/run.py) [w/run] 1:1\nf (lib.py) [lib] 1:2\n");
	/* What else both have takes two files that say so. */
	expect_stacks(STACKS("<module> (run.py:1);f (old/lib.py:1)", "<module> (run.py:1);f (help.py:1)"),
		      STACKS("<module> (run.py:1);f (new/lib.py:2)", "<module> (run.py:1);f (help.py:1)"),
		      "<module> (run.py) [run] 1:1\nf (help.py) [help] 1:1\n"
		      "f (new/lib.py) [new/lib] -:2\nf (old/lib.py) [old/lib] 1:-\n",
		      "<module> (run.py) [run] 1:1\nf (help.py) [help] 1:1\n"
		      "f (new/lib.py) [new/lib] -:2\nf (old/lib.py) [old/lib] 1:-\n");
	expect_stacks(STACKS("<module> (run.py:1);f (old/p/lib.py:1)", "<module> (run.py:1);g (old/x.py:1)",
			     "f (help.py:1)", "i (old/p/y.py:1)"),
		      STACKS("<module> (run.py:1);f (new/p/lib.py:2)", "<module> (run.py:1);g (new/x.py:1)",
			     "f (help.py:1)", "i (new/q/y.py:1)"),
		      "<module> (run.py) [run] 1:1\nf (help.py) [help] 1:1\nf (p/lib.py) [p/lib] 1:2\n"
		      "g (x.py) [x] 1:1\ni (p/y.py) [p/y] 1:-\ni (q/y.py) [q/y] -:1\n",
		      "<module> (run.py) [run] 1:1\nf (help.py) [help] 1:1\nf (p/lib.py) [p/lib] 1:2\n"
		      "g (x.py) [x] 1:1\ni (p/y.py) [p/y] 1:-\ni (q/y.py) [q/y] -:1\n");
	/* Another file says other folders; a file of the folder is in both. */
	expect_stacks(STACKS("<module> (run.py:1);f (old/lib.py:1)", "g (old/x.py:1)", "h (a/y.py:1)"),
		      STACKS("<module> (run.py:1);f (new/lib.py:2)", "g (new/x.py:1)", "h (b/y.py:1)"),
		      "<module> (run.py) [run] 1:1\nf (new/lib.py) [new/lib] -:2\n"
		      "f (old/lib.py) [old/lib] 1:-\ng (new/x.py) [new/x] -:1\n"
		      "g (old/x.py) [old/x] 1:-\nh (a/y.py) [a/y] 1:-\nh (b/y.py) [b/y] -:1\n",
		      "<module> (run.py) [run] 1:1\nf (new/lib.py) [new/lib] -:2\n"
		      "f (old/lib.py) [old/lib] 1:-\ng (new/x.py) [new/x] -:1\n"
		      "g (old/x.py) [old/x] 1:-\nh (a/y.py) [a/y] 1:-\nh (b/y.py) [b/y] -:1\n");
	expect_stacks(STACKS("<module> (run.py:1);f (old/lib.py:1)", "g (old/x.py:1)", "h (old/y.py:1)"),
		      STACKS("<module> (run.py:1);f (new/lib.py:2)", "g (new/x.py:1)", "h (old/y.py:1)"),
		      "<module> (run.py) [run] 1:1\nf (new/lib.py) [new/lib] -:2\n"
		      "f (old/lib.py) [old/lib] 1:-\ng (new/x.py) [new/x] -:1\n"
		      "g (old/x.py) [old/x] 1:-\nh (old/y.py) [old/y] 1:1\n",
		      "<module> (run.py) [run] 1:1\nf (new/lib.py) [new/lib] -:2\n"
		      "f (old/lib.py) [old/lib] 1:-\ng (new/x.py) [new/x] -:1\n"
		      "g (old/x.py) [old/x] 1:-\nh (old/y.py) [old/y] 1:1\n");
}

/* One file is one file, from wherever it was run. */
static void one_file_from_two_folders(void **state)
{
	struct side_of inside = { "/u/v1", { "f (/u/v1/app.py:3)", "g (/u/v1/lib.py:1)",
					     "h (/u/v1/gone.py:1)" } };
	struct side_of above = { "/u", { "f (v1/app.py:3)", "g (/u/v1/./lib.py:1)",
					 "i (/u//v1/come.py:1)", "i (/u/lib.py:1)" } };
	struct side_of beside = { "/u/v2/", { "f (../v1/app.py:3)", "g (/u/v2/../v1/lib.py:1)",
					     "x (/l/../a.py:1)" } };
	struct profile *p[] = { make(&inside), make(&above), make(&beside) };
	char got[4000];

	(void)state;
	match_and_say(p[0], p[1], false, got, sizeof(got));
	assert_string_equal(got, "f (v1/app.py) [v1/app] 3:3\ng (v1/lib.py) [v1/lib] 1:1\n"
				 "h (v1/gone.py) [v1/gone] 1:-\ni (lib.py) [lib] -:1\n"
				 "i (v1/come.py) [v1/come] -:1\n");
	match_and_say(p[0], p[1], true, got, sizeof(got));
	assert_string_equal(got, "f (app.py) [app] 3:3\ng (lib.py) [lib] 1:1\n"
				 "h (gone.py) [gone] 1:-\ni (/u/lib.py) [u/lib] -:1\n"
				 "i (come.py) [come] -:1\n");
	/* ".." leads back from the working folder, and nobody knows where elsewhere. */
	match_and_say(p[2], p[0], false, got, sizeof(got));
	assert_string_equal(got, "f (app.py) [app] 3:3\ng (lib.py) [lib] 1:1\n"
				 "h (gone.py) [gone] -:1\nx (/l/../a.py) [../a] 1:-\n");
	for (size_t i = 0; i < ARRAY_SIZE(p); i++)
		profile_destroy(p[i]);
}

/* Whole paths are each side's own. */
static void paths_of_both_sides(void **state)
{
	struct profile *b = make_stacks(STACKS("<module> (v1/app.py:1);f (v1/lib.py:1)", "g (v1/lib.py:9)"));
	struct profile *h = make_stacks(STACKS("<module> (v2/run.py:1);f (v2/lib.py:1)"));
	const struct profile *profiles[2] = { b, h };
	const struct match_side sides[SIDES] = { { .profiles = &profiles[0], .n = 1 },
						 { .profiles = &profiles[1], .n = 1 } };
	struct match *match;

	(void)state;
	assert_int_equal(match_create(&match, sides, NULL), PYPROF_OK);
	assert_int_equal(match->n, 3);
	for (size_t i = 0; i < match->n; i++) {
		const struct match_function *f = &match->functions[i];
		bool script = f->name[0] == '<';

		assert_string_equal(f->path, script ? "v2/run.py" : "v2/lib.py");
		assert_string_equal(f->base_path, script ? "v1/app.py" : "v1/lib.py");
	}
	match_destroy(match);
	profile_destroy(b);
	profile_destroy(h);
}

/* Two files of one side are two, though both are shown as utils.py. */
static void namesakes_of_a_library(void **state)
{
	(void)state;
	expect((struct side_of){ "/old",
				 { "f (/old/utils.py)",
				   "f (/old/.venv/lib/python3.12/site-packages/utils.py)",
				   "g (/usr/lib/python3.12/utils.py)" } },
	       (struct side_of){ "/new",
				 { "f (/new/.venv/lib/python3.13/site-packages/utils.py)",
				   "f (/new/utils.py)", "g (/usr/lib/python3.12/utils.py)" } },
	       "f (/site-packages/utils.py) [utils] 0:0\nf (utils.py) [utils] 0:0\n"
	       "g (/lib/python3.12/utils.py) [utils] 0:0\n");
	/* One side has both: the other side's is the one of its kind. */
	expect((struct side_of){ "/old", { "f (/old/x/lib/python3.12/site-packages/utils.py)" } },
	       (struct side_of){ "/new",
				 { "f (/new/utils.py)",
				   "f (/new/x/lib/python3.12/site-packages/utils.py)" } },
	       "f (/site-packages/utils.py) [utils] 0:0\nf (utils.py) [utils] -:0\n");
	/* A checkout here is what is installed there. */
	expect((struct side_of){ "/old", { "f (/old/flask.py)" } },
	       (struct side_of){ "/new", { "f (/venv/lib/python3.12/site-packages/flask.py)" } },
	       "f (flask.py) [flask] 0:0\n");
}

/* A name alone does not tell which one it is. */
static void metrics_of_one_name(void **state)
{
	static const struct profile_metric one[] = { { "x", "bytes" } };
	static const struct profile_metric two[] = { { "x", "count" }, { "x", "bytes" } };
	struct profile *b, *h;
	const struct profile_metric *found;

	(void)state;
	assert_int_equal(profile_create(&b, one, 1, NULL), PYPROF_OK);
	assert_int_equal(profile_create(&h, two, 2, NULL), PYPROF_OK);
	const struct profile *profiles[2] = { b, h };
	const struct match_side sides[SIDES] = { { .profiles = &profiles[0], .n = 1 },
						 { .profiles = &profiles[1], .n = 1 } };

	found = match_metric(sides, h, "x");
	assert_ptr_equal(found, &h->metrics[1]);
	assert_ptr_equal(match_metric(sides, h, NULL), found);
	assert_null(match_metric(sides, h, "y"));
	profile_destroy(b);
	profile_destroy(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_environments),
		cmocka_unit_test(two_checkouts),
		cmocka_unit_test(files_that_moved),
		cmocka_unit_test(files_of_one_side_stay_apart),
		cmocka_unit_test(lines_are_no_part_of_it),
		cmocka_unit_test(several_of_one_name),
		cmocka_unit_test(lines_moved_by_what_is_around),
		cmocka_unit_test(lines_that_tell_nothing),
		cmocka_unit_test(hostile_lines),
		cmocka_unit_test(texts_with_nuls),
		cmocka_unit_test(several_runs),
		cmocka_unit_test(scripts_of_two_names),
		cmocka_unit_test(scripts_that_stay_apart),
		cmocka_unit_test(folders_of_scripts),
		cmocka_unit_test(folders_that_are_not_of_scripts),
		cmocka_unit_test(exchanged_folders),
		cmocka_unit_test(one_file_from_two_folders),
		cmocka_unit_test(paths_of_both_sides),
		cmocka_unit_test(namesakes_of_a_library),
		cmocka_unit_test(metrics_of_one_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
