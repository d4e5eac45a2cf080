/* SPDX-License-Identifier: MIT */
/* Which boxes a bounded picture shows, where they stand, and what it counts as folded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "render/fold.h"

/* A profile of stacks that are told as text: "a;b;c". */
struct fixture {
	struct profile *profile;
	struct view *view;
	struct fold fold;
};

static struct fixture start(void)
{
	static const struct profile_metric samples = { "samples", "count" };
	struct fixture f = { 0 };

	assert_int_equal(profile_create(&f.profile, &samples, 1, NULL), PYPROF_OK);
	return f;
}

static uint32_t add_frame(struct fixture *f, uint32_t parent, const char *name, size_t len)
{
	uint32_t function = profile_function(f->profile, profile_string(f->profile, name, len), 0, 0);

	return profile_node(f->profile, parent, profile_location(f->profile, function, 0, 0));
}

static void add_value(struct fixture *f, uint32_t node, uint64_t value)
{
	assert_true(profile_add(f->profile, node, PROFILE_NONE, 0, &value));
}

static void add(struct fixture *f, const char *stack, uint64_t value)
{
	uint32_t node = PROFILE_ROOT;

	while (*stack) {
		size_t len = strcspn(stack, ";");

		node = add_frame(f, node, stack, len);
		stack += len + (stack[len] == ';');
	}
	add_value(f, node, value);
}

static void fold(struct fixture *f, struct fold_limits limits)
{
	struct pyprof_error err;
	size_t n;

	assert_int_equal(view_create(&f->view, f->profile, NULL, &err), PYPROF_OK);
	assert_int_equal(fold_init(&f->fold, view_nodes(f->view, &n), &limits, &err), PYPROF_OK);
	assert_true(f->fold.n <= limits.max_boxes);
}

static void finish(struct fixture *f)
{
	fold_deinit(&f->fold);
	view_destroy(f->view);
	profile_destroy(f->profile);
}

/* "a@level start+weight" or "…more@level start+weight" of every box. */
static void assert_boxes(const struct fixture *f, const char *wanted)
{
	struct str out = STR_INIT;

	for (size_t i = 0; i < f->fold.n; i++) {
		const struct fold_box *box = &f->fold.boxes[i];
		size_t n;
		const struct view_node *nodes = view_nodes(f->view, &n);

		if (box->more)
			str_printf(&out, "~%llu", (unsigned long long)box->more);
		else
			str_add_cstr(&out, box->node ? view_text(f->view, nodes[box->node].text, NULL) :
						       "all");
		str_printf(&out, "@%u %llu+%llu\n", box->level, (unsigned long long)box->start,
			   (unsigned long long)box->weight);
	}
	assert_string_equal(str_cstr(&out), wanted);
	str_deinit(&out);
}

static const struct fold_limits roomy = {
	.max_boxes = 4000, .max_levels = 250, .width = 100000, .min_width = 100
};

static void everything_where_there_is_room(void **state)
{
	struct fixture f = start();
	(void)state;

	add(&f, "a;b", 3);
	add(&f, "a;c;d", 2);
	add(&f, "a", 1);
	add(&f, "e", 4);
	fold(&f, roomy);
	assert_boxes(&f, "all@0 0+10\na@1 0+6\nb@2 0+3\nc@2 3+2\nd@3 3+2\ne@1 6+4\n");
	assert_int_equal(f.fold.levels, 4);
	assert_int_equal(f.fold.all_levels, 4);
	assert_int_equal(f.fold.folded_frames, 0);
	assert_int_equal(f.fold.folded_weight, 0);
	finish(&f);
}

static void thin_frames_are_gathered_to_the_right(void **state)
{
	struct fixture f = start();
	(void)state;

	/* 1 of 2,000 is half of the least width; three of them are enough for a box. */
	add(&f, "a;t1;deep;deeper", 1);
	add(&f, "a;t2", 1);
	add(&f, "a;wide", 1000);
	add(&f, "a;x3", 1);
	add(&f, "b", 997);
	fold(&f, roomy);
	assert_boxes(&f, "all@0 0+2000\na@1 0+1003\nwide@2 0+1000\n~5@2 1000+3\nb@1 1003+997\n");
	assert_int_equal(f.fold.folded_frames, 5);
	assert_int_equal(f.fold.folded_weight, 3);
	assert_int_equal(f.fold.levels, 3);
	assert_int_equal(f.fold.all_levels, 5);
	finish(&f);
}

static void what_no_box_can_show_is_counted(void **state)
{
	struct fixture f = start();
	(void)state;

	add(&f, "a;thin", 1);
	add(&f, "a", 9999);
	fold(&f, roomy);
	assert_boxes(&f, "all@0 0+10000\na@1 0+10000\n");
	assert_int_equal(f.fold.folded_frames, 1);
	assert_int_equal(f.fold.folded_weight, 1);
	finish(&f);
}

static void a_deep_tree_is_cut_at_its_levels(void **state)
{
	struct fixture f = start();
	uint32_t node = PROFILE_ROOT;
	(void)state;

	for (int i = 0; i < 100000; i++)
		node = add_frame(&f, node, "down", 4);
	add_value(&f, node, 7);
	fold(&f, roomy);
	assert_int_equal(f.fold.n, 251);
	assert_int_equal(f.fold.boxes[250].more, 100000 - 249);
	assert_int_equal(f.fold.boxes[250].weight, 7);
	assert_int_equal(f.fold.levels, 251);
	assert_int_equal(f.fold.all_levels, 100001);
	assert_int_equal(f.fold.folded_frames, 100000 - 249);
	finish(&f);
}

/* The widest boxes are kept, and of equals those nearer to the root. */
static void the_cap_keeps_the_widest(void **state)
{
	struct fixture f = start();
	(void)state;

	add(&f, "a;b;c", 50);
	add(&f, "d;e", 30);
	add(&f, "g;h", 20);
	fold(&f, (struct fold_limits){ 6, 250, 100000, 100 });
	assert_boxes(&f, "all@0 0+100\na@1 0+50\nb@2 0+50\nc@3 0+50\n~4@1 50+50\n");
	finish(&f);

	f = start();
	add(&f, "a;b;c", 50);
	add(&f, "d;e", 30);
	fold(&f, (struct fold_limits){ 2, 250, 100000, 100 });
	assert_boxes(&f, "all@0 0+80\n~5@1 0+80\n");
	assert_int_equal(f.fold.folded_frames, 5);
	assert_int_equal(f.fold.folded_weight, 80);
	finish(&f);
}

static void one_parent_of_a_hundred_thousand(void **state)
{
	struct fixture f = start();
	uint32_t parent = add_frame(&f, PROFILE_ROOT, "main", 4);
	(void)state;

	for (int i = 0; i < 100000; i++) {
		char name[16];
		int len = snprintf(name, sizeof(name), "f%d", i);

		add_value(&f, add_frame(&f, parent, name, (size_t)len), 1);
	}
	fold(&f, roomy);
	assert_boxes(&f, "all@0 0+100000\nmain@1 0+100000\n~100000@2 0+100000\n");
	finish(&f);
}

/* A tree by chance, and what must hold of every fold of it. */
static void assert_sound(const struct fixture *f, const struct fold_limits *limits)
{
	size_t n, frames = 0;
	const struct view_node *nodes = view_nodes(f->view, &n);
	uint64_t end[300] = { 0 }, from[300] = { 0 };

	for (size_t i = 0; i < f->fold.n; i++) {
		const struct fold_box *box = &f->fold.boxes[i];
		uint32_t level = box->level;

		assert_true(level <= limits->max_levels && level < f->fold.levels);
		frames += box->more == 0;
		if (level) { /* inside its caller, right of its neighbour */
			assert_true(box->start >= from[level - 1]);
			assert_true(box->start >= end[level]);
			assert_true(box->start + box->weight <=
				    from[level - 1] + nodes[f->fold.boxes[0].node].total);
		}
		if (!box->more)
			assert_true(box->weight == nodes[box->node].total);
		from[level] = box->start;
		end[level] = box->start + box->weight;
	}
	assert_int_equal(frames + f->fold.folded_frames, n);
}

static void folds_of_random_trees_are_sound(void **state)
{
	uint32_t random = 1;
	(void)state;

	for (int round = 0; round < 60; round++) {
		struct fixture f = start();
		struct fold_limits limits = { 2 + (size_t)round * 3, 3 + (uint32_t)round % 9,
					      1 + (uint64_t)round * 400, 1 + (uint64_t)round % 40 };

		for (int i = 0; i < 300; i++) {
			uint32_t node = PROFILE_ROOT;

			do {
				char name;

				random = random * 1664525 + 1013904223;
				name = (char)('a' + (random >> 24) % 5);
				node = add_frame(&f, node, &name, 1);
			} while ((random >> 16) % 4);
			add_value(&f, node, random % 100 + 1);
		}
		fold(&f, limits);
		assert_sound(&f, &limits);
		finish(&f);
	}
}

static void an_empty_tree_is_its_root(void **state)
{
	struct fixture f = start();
	(void)state;

	fold(&f, roomy);
	assert_boxes(&f, "all@0 0+0\n");
	finish(&f);
}

static void the_largest_weights(void **state)
{
	struct fixture f = start();
	(void)state;

	add(&f, "a;b", UINT64_MAX / 2);
	add(&f, "c", UINT64_MAX / 2);
	fold(&f, roomy);
	assert_int_equal(f.fold.n, 4);
	assert_true(f.fold.boxes[3].start == UINT64_MAX / 2);
	finish(&f);

	/* Totals saturate in the view; the picture of that must hold together all the same. */
	f = start();
	add(&f, "a;b", UINT64_MAX - 1);
	add(&f, "a;c", UINT64_MAX - 1);
	fold(&f, roomy);
	assert_true(f.fold.n >= 2);
	finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_where_there_is_room),
		cmocka_unit_test(thin_frames_are_gathered_to_the_right),
		cmocka_unit_test(what_no_box_can_show_is_counted),
		cmocka_unit_test(a_deep_tree_is_cut_at_its_levels),
		cmocka_unit_test(the_cap_keeps_the_widest),
		cmocka_unit_test(one_parent_of_a_hundred_thousand),
		cmocka_unit_test(folds_of_random_trees_are_sound),
		cmocka_unit_test(an_empty_tree_is_its_root),
		cmocka_unit_test(the_largest_weights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
