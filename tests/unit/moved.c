/* SPDX-License-Identifier: MIT */
#include "diff/moved.h"

#include <math.h>

#include "base/str.h"
#include "support/made_runs.h"

/* What is asked of the functions that changed by more than 5% of the total. */
struct asked {
	struct made_runs made;
	struct match *match;
	struct pair *pair;
	struct runs *runs;
	uint32_t items[100];
	struct moved moved[100];
	size_t n;
};

static double floor_asked;

static double change(const struct runs *runs, size_t item)
{
	double mean[SIDES] = { 0 };

	for (size_t side = 0; side < SIDES; side++)
		for (size_t i = 0; i < runs->n_runs[side]; i++)
			mean[side] += runs->cost[side][i * runs->n_items + item] /
				      (double)runs->n_runs[side];
	return mean[SIDE_HEAD] - mean[SIDE_BASE];
}

static void ask(struct asked *a, const char *base, const char *head, double sd, uint64_t seed)
{
	const char *const lines[SIDES] = { base, head };
	/* As verdict_test.c has them for ten runs. */
	const struct moved_opts opts = { .still = 2.88, .sure = 2.1, .floor = floor_asked };

	*a = (struct asked){ 0 };
	made_init(&a->made, lines, 10, sd, seed);
	assert_int_equal(match_create(&a->match, a->made.sides, NULL), PYPROF_OK);
	assert_int_equal(pair_create(&a->pair, a->match, a->made.sides, NULL), PYPROF_OK);
	assert_int_equal(runs_create(&a->runs, a->match, a->made.sides, NULL, NULL, NULL),
			 PYPROF_OK);
	for (size_t i = 1; i < a->runs->n_items; i++)
		if (fabs(change(a->runs, i)) > 0.03 && a->runs->items[i].kind != ITEM_UNKNOWN)
			a->items[a->n++] = (uint32_t)i;
	assert_int_equal(moved_find(a->moved, a->runs, a->pair, a->items, a->n, &opts, NULL),
			 PYPROF_OK);
}

static void forget(struct asked *a)
{
	runs_destroy(a->runs);
	pair_destroy(a->pair);
	match_destroy(a->match);
	made_deinit(&a->made);
}

static const char *name(const struct asked *a, uint32_t item)
{
	return item == PROFILE_NONE ? "-" : a->runs->items[item].name;
}

/* "tail<helper@helper work?": each name, with, ancestor, "work?": it has not moved; in order. */
static int compare_words(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void say(const struct asked *a, char *out, size_t size)
{
	char words[100][200];
	const char *order[100];

	for (size_t i = 0; i < a->n; i++) {
		const struct moved *m = &a->moved[i];

		if (m->moved)
			snprintf(words[i], sizeof(words[i]), "%s<%s@%s", name(a, a->items[i]),
				 name(a, m->with),
				 m->ancestor == PROFILE_NONE ?
					 "-" :
					 a->match->functions[m->ancestor].name);
		else
			snprintf(words[i], sizeof(words[i]), "%s?", name(a, a->items[i]));
		order[i] = words[i];
	}
	qsort(order, a->n, sizeof(*order), compare_words);
	*out = '\0';
	for (size_t i = 0; i < a->n; i++)
		snprintf(out + strlen(out), size - strlen(out), "%s%s", i ? " " : "", order[i]);
}

/* Both ways round it is the same, with and without noise. */
static void expect(const char *base, const char *head, const char *want)
{
	static const double noises[] = { 0, 0.01, 0.03 };

	for (size_t i = 0; i < 3; i++) {
		for (int swapped = 0; swapped < 2; swapped++) {
			char got[1000];
			struct asked a;

			ask(&a, swapped ? head : base, swapped ? base : head, noises[i], 7);
			say(&a, got, sizeof(got));
			assert_string_equal(got, want);
			forget(&a);
		}
	}
}

/* Other things that cost; 1,000 ms. */
#define REST                                                                             \
	"m;main;other 300\n"                                                             \
	"m;main;other;deep 200\n"                                                        \
	"m;main;work;load 200\n"                                                         \
	"m;main;work 100\n"                                                              \
	"m;main;idle 200\n"

static void renamed(void **state)
{
	(void)state;
	expect(REST "m;main;work;parse_row 300\n", REST "m;main;work;parse_rows 300\n",
	       "parse_row<parse_rows@- parse_rows<parse_row@-");
	/* Nothing but its place speaks for it: it is the caller that tells. */
	expect(REST "m;main;work;helper 300\n", REST "m;main;work;assist 300\n",
	       "assist<helper@work helper<assist@work");
}

static void cut_in_two(void **state)
{
	(void)state;
	expect(REST "m;main;work;helper 300\n",
	       REST "m;main;work;helper 150\nm;main;work;helper;tail 150\n",
	       "helper<tail@helper tail<helper@helper");
	expect(REST "m;main;work;helper 300\n",
	       REST "m;main;work;helper 150\nm;main;work;tail 150\n",
	       "helper<tail@work tail<helper@work");
}

static void cut_in_two_with_several_callers(void **state)
{
	(void)state;
	expect(REST "m;main;work;helper 300\nm;main;other;helper 100\n",
	       REST "m;main;work;helper 150\nm;main;work;tail 150\n"
		    "m;main;other;helper 50\nm;main;other;tail 50\n",
	       "helper<tail@work tail<helper@work");
}

static void moved_into_the_callee(void **state)
{
	(void)state;
	expect(REST "m;main;work;helper 200\n",
	       "m;main;other 300\nm;main;other;deep 200\nm;main;work;load 200\n"
	       "m;main;idle 200\nm;main;work;helper 300\n",
	       "helper<work@work work<helper@work");
}

static void put_in_line(void **state)
{
	(void)state;
	expect(REST "m;main;work;helper 300\n", REST "m;main;work 300\n",
	       "helper<work@work work<helper@work");
}

/* A whole branch made new: what is deeper belongs to the function that stayed. */
static void replaced_with_all_below(void **state)
{
	(void)state;
	expect(REST "m;main;work;old 130\nm;main;work;old;old1 90\nm;main;work;old;old2 80\n",
	       REST "m;main;work;new;newer;new1 170\nm;main;work;new 130\n",
	       "new1<old@work new<old@work old1<new1@work old2<new1@work old<new1@work");
}

static void made_faster_by_another(void **state)
{
	(void)state;
	expect(REST "m;main;work;old 400\n", REST "m;main;work;better 150\n",
	       "better<old@work old?");
}

static void got_slower(void **state)
{
	(void)state;
	expect(REST "m;main;work;helper 100\n", REST "m;main;work;helper 300\n", "helper?");
	expect(REST "m;main;work;helper 100\nm;main;work;load2 100\n",
	       REST "m;main;work;helper 300\nm;main;work;load2 40\n", "helper? load2?");
}

/* What is no change by the floor does not make up for half of one. */
static void floors(void **state)
{
	(void)state;
	floor_asked = 1;
	expect(REST "m;main;work;helper 100\nm;main;work;load2 100\n",
	       REST "m;main;work;helper 300\nm;main;work;load2 80\n", "helper?");
	/* But it may cost a little to have moved. */
	floor_asked = 0.03;
	expect(REST "m;main;work;helper 300\n", REST "m;main;work;assist 320\n",
	       "assist<helper@work helper<assist@work");
	floor_asked = 0;
}

static void another_got_faster_elsewhere(void **state)
{
	(void)state;
	expect(REST "m;main;work;helper 100\nm;main;other;unrelated 300\n",
	       REST "m;main;work;helper 300\nm;main;other;unrelated 100\n",
	       "helper? unrelated?");
}

/* Everything is below it: only what matches well has moved there. */
static void below_the_main_function(void **state)
{
	(void)state;
	expect(REST "m;main;g 200\nm;main;k 300\n", REST "m;main;g 300\nm;main;k 200\n",
	       "g<k@main k<g@main");
	expect(REST "m;main;g 200\nm;main;k 340\n", REST "m;main;g 300\nm;main;k 200\n",
	       "g? k?");
	/* The same below a function that is not all there is. */
	expect(REST "m;main;work;g 200\nm;main;work;k 340\n",
	       REST "m;main;work;g 300\nm;main;work;k 200\n", "g<k@work k?");
}

/* What a caller lost is what one of its callees has: of two that say so it is not known which. */
static void another_got_slower_beside(void **state)
{
	(void)state;
	expect("m;main;other 900\nm;main;work 200\nm;main;work;helper 200\nm;main;work;load 200\n",
	       "m;main;other 900\nm;main;work 100\nm;main;work;helper 300\nm;main;work;load 300\n",
	       "helper? load? work?");
	/* Two exchanges, each by itself. */
	expect("m;main;other 900\nm;main;work 200\nm;main;work;helper 200\nm;main;work;load 200\n"
	       "m;main;work;load;disk 200\n",
	       "m;main;other 900\nm;main;work 60\nm;main;work;helper 340\nm;main;work;load 280\n"
	       "m;main;work;load;disk 120\n",
	       "disk<load@load helper<work@work load<disk@load work<helper@work");
	/* Nor do a callee and a sibling both have what was lost once. */
	expect("m;main;other 900\nm;main;work;load 300\nm;main;work;load;disk 100\n"
	       "m;main;work;side 100\n",
	       "m;main;other 900\nm;main;work;load 200\nm;main;work;load;disk 200\n"
	       "m;main;work;side 200\n",
	       "disk<load@load load<disk@load side?");
	/* The caller has what its callee had, whatever others below do. */
	expect("m;main;other 900\nm;main;work 100\nm;main;work;helper 300\n"
	       "m;main;work;load;disk 200\n",
	       "m;main;other 900\nm;main;work 200\nm;main;work;helper 200\n"
	       "m;main;work;load;disk 300\n",
	       "disk? helper<work@work work<helper@work");
}

/* Deeper down something got slower too, and that is told. */
static void another_got_slower_below(void **state)
{
	(void)state;
	expect(REST "m;main;work;helper 200\nm;main;work;load;disk 100\n",
	       REST "m;main;work;helper 100\nm;main;work;tail 100\n"
		    "m;main;work;load;disk 300\n",
	       "disk? helper<tail@work tail<helper@work");
	/* Many did a little, and none of them was found to have changed. */
	expect(REST "m;main;work;helper 200\n"
		    "m;main;work;load;d1 100\nm;main;work;load;d2 100\nm;main;work;load;d3 100\n",
	       REST "m;main;work;helper 100\nm;main;work;tail 100\n"
		    "m;main;work;load;d1 120\nm;main;work;load;d2 120\nm;main;work;load;d3 120\n",
	       "helper<tail@work tail?");
}

/* Renamed, and slower by 30%. */
static void renamed_and_slower(void **state)
{
	(void)state;
	expect(REST "m;main;work;helper 300\n", REST "m;main;work;assist 390\n",
	       "assist? helper<assist@work");
	expect(REST "m;main;work;parse_row 300\n", REST "m;main;work;parse_rows 390\n",
	       "parse_row<parse_rows@- parse_rows?");
}

static void recursion(void **state)
{
	(void)state;
	expect(REST "m;main;work;walk;walk;walk 300\nm;main;work;walk 100\n",
	       REST "m;main;work;walk;walk;step 150\nm;main;work;walk;walk;walk 150\n"
		    "m;main;work;walk 100\n",
	       "step<walk@walk walk<step@walk");
	/* It is not its own caller. */
	expect(REST "m;main;work;walk;walk 400\n",
	       REST "m;main;work;walk;walk 200\nm;main;work;next;next 200\n",
	       "next<walk@work walk<next@work");
}

static void another_module(void **state)
{
	(void)state;
	expect(REST "m;main;work;helper (shop/a.py) 300\n",
	       REST "m;main;work;helper (shop/b.py) 300\n",
	       "helper<helper@- helper<helper@- shop/a<shop/b@- shop/b<shop/a@-");
}

/* ---- how often it is wrong ---------------------------------------------------------- */

#define TRIALS 200
#define N_CALLERS 6
#define N_LEAVES 4

/* A program of callers and what they call; `change` is done to one of its leaves. */
static void write_program(struct str *lines, uint64_t seed, int victim, bool head,
			  const char *change)
{
	struct made_noise random = { seed, 0 };

	str_clear(lines);
	for (int c = 0; c < N_CALLERS; c++) {
		str_printf(lines, "m;main;c%d %d\n", c, 10 + (int)(made_uniform(&random) * 40));
		for (int i = 0; i < N_LEAVES; i++) {
			double cost = 20 + made_uniform(&random) * 60;
			bool is_it = c * N_LEAVES + i == victim;

			if (is_it)
				cost = 150;
			if (!head || !is_it) {
				str_printf(lines, "m;main;c%d;f%d_%d %f\n", c, c, i, cost);
			} else if (!strcmp(change, "slower")) {
				str_printf(lines, "m;main;c%d;f%d_%d %f\n", c, c, i, cost * 1.3);
			} else if (!strcmp(change, "renamed")) {
				str_printf(lines, "m;main;c%d;new %f\n", c, cost);
			} else {
				str_printf(lines, "m;main;c%d;f%d_%d %f\n", c, c, i, cost / 2);
				str_printf(lines, "m;main;c%d;%s %f\n", c,
					   !strcmp(change, "in turn") ? "new" : "x;new", cost / 2);
			}
		}
	}
}

/* What is new, and the victim; of what got slower the victim alone. */
static bool is_asked(const struct asked *a, uint32_t item, int victim, const char *change)
{
	char its_name[32];

	snprintf(its_name, sizeof(its_name), "f%d_%d", victim / N_LEAVES, victim % N_LEAVES);
	return a->runs->items[item].kind == ITEM_FUNCTION &&
	       (strcmp(change, "slower") != 0 || !strcmp(a->runs->items[item].name, its_name));
}

/* Of so many trials, how often the victim (and what is new) was said to have moved. */
static int count_moved(const char *change, double sd)
{
	struct str base = STR_INIT, head = STR_INIT;
	int moved = 0;

	for (int trial = 0; trial < TRIALS; trial++) {
		int victim = trial % (N_CALLERS * N_LEAVES);
		bool all = true;
		struct asked a;

		write_program(&base, (uint64_t)trial + 1, victim, false, change);
		write_program(&head, (uint64_t)trial + 1, victim, true, change);
		ask(&a, str_cstr(&base), str_cstr(&head), sd, (uint64_t)trial * 7 + 1);
		for (size_t i = 0; i < a.n; i++)
			if (is_asked(&a, a.items[i], victim, change))
				all &= a.moved[i].moved;
		moved += a.n && all;
		forget(&a);
	}
	str_deinit(&base);
	str_deinit(&head);
	return moved;
}

static void regressions_do_not_hide(void **state)
{
	(void)state;
	/* 45 ms of 1,500, 3 and 5% of noise a function and run. */
	print_message("slower, said to have moved: %d and %d of %d\n", count_moved("slower", 0.03),
		      count_moved("slower", 0.05), TRIALS);
	assert_in_range(count_moved("slower", 0.03), 0, TRIALS / 100);
	assert_in_range(count_moved("slower", 0.05), 0, TRIALS / 50);
	/* All that is around it may have done anything, and does not explain it. */
	print_message("in much noise: %d\n", count_moved("slower", 0.25));
	assert_in_range(count_moved("slower", 0.25), 0, 1);
}

static void what_moved_is_known(void **state)
{
	static const char *const changes[] = { "renamed", "in turn", "below another" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		int few = count_moved(changes[i], 0.03), more = count_moved(changes[i], 0.05);

		print_message("%s, said to have moved: %d and %d of %d\n", changes[i], few, more,
			      TRIALS);
		assert_in_range(few, TRIALS * 97 / 100, TRIALS);
		assert_in_range(more, TRIALS * 97 / 100, TRIALS);
	}
}

/* ---- nothing is lost ------------------------------------------------------------------ */

#define N_RANDOM 300

/* A random tree of a few functions, some of which cost more or less in the head. */
static void write_random(struct str lines[SIDES], struct made_noise *random)
{
	static const int changes[] = { 0, 0, 0, 100, -100, 50, -50, 100 };
	static const char *const paths[] = { "a",   "a;b",   "a;b;c", "a;d",   "e",  "e;f",
					     "e;g", "e;g;h", "e;l",   "a;d;i", "k" };

	for (int side = 0; side < SIDES; side++)
		str_clear(&lines[side]);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		int change = changes[(int)(made_uniform(random) * 8)];

		double came_or_went = made_uniform(random);

		if (came_or_went > 0.1)
			str_printf(&lines[SIDE_BASE], "m;main;%s 200\n", paths[i]);
		if (came_or_went < 0.9)
			str_printf(&lines[SIDE_HEAD], "m;main;%s %d\n", paths[i], 200 + change);
	}
	for (int side = 0; side < SIDES; side++)
		str_printf(&lines[side], "m;main;rest 4000\n");
}

/* If all got slower in total, something that did is told; and the other way round. */
static void a_change_of_the_total_is_told(void **state)
{
	struct str lines[SIDES] = { STR_INIT, STR_INIT };
	struct made_noise random = { 11, 0 };
	int told = 0, moved = 0;

	(void)state;
	for (int trial = 0; trial < N_RANDOM; trial++) {
		double total, rises = 0, falls = 0;
		struct asked a;

		write_random(lines, &random);
		ask(&a, str_cstr(&lines[SIDE_BASE]), str_cstr(&lines[SIDE_HEAD]),
		    trial % 2 ? 0 : 0.005, (uint64_t)trial);
		total = change(a.runs, 0);
		for (size_t i = 0; i < a.n; i++) {
			double by = change(a.runs, a.items[i]);

			if (a.runs->items[a.items[i]].kind != ITEM_FUNCTION)
				continue;
			moved += a.moved[i].moved;
			told += !a.moved[i].moved;
			if (!a.moved[i].moved && by > 0)
				rises += by;
			if (!a.moved[i].moved && by < 0)
				falls += by;
		}
		/* What is told may be more than the total; it is not less than half of it. */
		if (total > 0.04 && rises < total / 2)
			fail_msg("%d: of +%g told is +%g:\n%s\n%s", trial, total, rises,
				 str_cstr(&lines[SIDE_BASE]), str_cstr(&lines[SIDE_HEAD]));
		if (total < -0.04 && falls > total / 2)
			fail_msg("%d: of %g told is %g", trial, total, falls);
		forget(&a);
	}
	print_message("%d changes told, %d moved\n", told, moved);
	str_deinit(&lines[SIDE_BASE]);
	str_deinit(&lines[SIDE_HEAD]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(renamed),
		cmocka_unit_test(cut_in_two),
		cmocka_unit_test(cut_in_two_with_several_callers),
		cmocka_unit_test(moved_into_the_callee),
		cmocka_unit_test(put_in_line),
		cmocka_unit_test(replaced_with_all_below),
		cmocka_unit_test(made_faster_by_another),
		cmocka_unit_test(got_slower),
		cmocka_unit_test(floors),
		cmocka_unit_test(another_got_faster_elsewhere),
		cmocka_unit_test(below_the_main_function),
		cmocka_unit_test(another_got_slower_below),
		cmocka_unit_test(another_got_slower_beside),
		cmocka_unit_test(renamed_and_slower),
		cmocka_unit_test(recursion),
		cmocka_unit_test(another_module),
		cmocka_unit_test(regressions_do_not_hide),
		cmocka_unit_test(what_moved_is_known),
		cmocka_unit_test(a_change_of_the_total_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
