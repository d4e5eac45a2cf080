/* SPDX-License-Identifier: MIT */
/*
 * Drawing what changed without memory: whichever allocation is the one that fails, the drawing
 * says so and keeps nothing, and where it does not say so its file is whole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "render/diff.h"
#include "support/counted_malloc.h"

static uint32_t add_frame(struct profile *p, uint32_t parent, const char *name, const char *file)
{
	uint32_t function = profile_function(p, profile_string(p, name, strlen(name)),
					     profile_string(p, file, strlen(file)), 1);

	return profile_node(p, parent, profile_location(p, function, 7, 0));
}

/* A profile that makes every part of a picture. */
static struct profile *make_profile(void)
{
	static const struct profile_metric samples[] = { { "samples", "count" },
							 { "samples", "count" } };
	struct profile *p;
	char name[32];

	assert_int_equal(profile_create(&p, samples, 2, NULL), PYPROF_OK);
	p->info.command = strdup("python app.py with an argument or two");
	p->info.cwd = strdup("/srv");
	p->info.pid = 3;
	p->info.stats.samples = 60;
	p->info.stats.truncated[0] = 1;
	for (int i = 0; i < 60; i++) {
		/* Some are gone, some new. */
		uint64_t values[] = { (uint64_t)(i % 7) * 1000, (uint64_t)(i % 6) * 1000 };
		uint32_t node = add_frame(p, PROFILE_ROOT, "main\n\xff", "/srv/main.py");

		snprintf(name, sizeof(name), "f%d", i);
		node = add_frame(p, node, name, "/x/lib/python3.12/site-packages/a/b.py");
		assert_true(profile_add(p, node, PROFILE_NONE, (uint32_t)i % 2, values));
	}
	return p;
}

/* Draws with the allocation `failing` refused; *written is the file's length. */
static enum pyprof_status draw(const struct pair *pair, size_t failing, long *written)
{
	static const char *const warnings[] = { "They differ.", "In two ways." };
	const struct diff_svg_opts opts = {
		.by_function = true, /* a second view, for the data */
		.sides = { { .label = "main", .runs = 2, .info = &pair->profile->info },
			   { .label = "new", .python = "3.13.0", .info = &pair->profile->info } },
		.warnings = warnings,
		.n_warnings = 2,
	};
	static char buffer[1 << 16];
	struct pyprof_error err;
	FILE *out = tmpfile();
	enum pyprof_status status;
	size_t before;

	assert_non_null(out);
	setvbuf(out, buffer, _IOFBF, sizeof(buffer));
	before = live;
	n_allocations = 0;
	fail_only(failing);
	status = diff_svg_write(out, pair, &opts, &err);
	fail_never();
	assert_int_equal(live, before);
	*written = ftell(out);
	fclose(out);
	return status;
}

static void each_allocation_may_fail(void **state)
{
	struct pair_rename rename = { .base = 1, .head = 2, .likeness = 0.5 };
	struct pair pair = { .n_metrics = 1, .renames = &rename, .n_renames = 1 };
	long whole, written;
	size_t all, told = 0;
	(void)state;

	if (!COUNTED)
		skip();
	pair.profile = make_profile();
	assert_int_equal(draw(&pair, SIZE_MAX, &whole), PYPROF_OK);
	all = n_allocations;
	assert_true(all > 100);
	for (size_t i = 0; i < all; i++) {
		enum pyprof_status status = draw(&pair, i, &written);

		if (status == PYPROF_OK)
			assert_int_equal(written, whole);
		else
			assert_int_equal(status, PYPROF_ERR_NOMEM);
		told += status != PYPROF_OK;
	}
	/* qsort() asks for memory that it can do without. */
	assert_in_range(told, all - 1, all);
	profile_destroy(pair.profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
