/* SPDX-License-Identifier: MIT */
/*
 * The call graph, the heat map and Austin's files without memory: whichever allocation is the one
 * that fails, it is said and nothing is kept, and where it is not said the file, or the profile, is
 * whole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/austin.h"
#include "format/mojo.h"
#include "render/dot.h"
#include "render/heatmap.h"
#include "support/counted_malloc.h"

/* ---- writing ------------------------------------------------------------------------- */

static enum source_state read_made_up(void *arg, const char *path, struct str *text)
{
	(void)arg;
	(void)path;
	str_clear(text);
	str_add_cstr(text, "a line\nand another\n");
	return text->failed ? SOURCE_MISSING : SOURCE_FOUND;
}

static uint32_t add_frame(struct profile *p, uint32_t parent, const char *name, const char *file)
{
	uint32_t function = profile_function(p, profile_string(p, name, strlen(name)),
					     profile_string(p, file, strlen(file)), 1);

	return profile_node(p, parent, profile_location(p, function, 7, 0));
}

static struct profile *make_profile(void)
{
	static const struct profile_metric samples = { "samples", "count" };
	struct profile *p;
	char name[32], file[32];

	assert_int_equal(profile_create(&p, &samples, 1, NULL), PYPROF_OK);
	p->info.command = strdup("python app.py");
	p->info.cwd = strdup("/srv");
	for (int i = 0; i < 40; i++) {
		uint64_t value = 1000;
		uint32_t node = add_frame(p, PROFILE_ROOT, "main\n\xff", "/srv/main.py");

		snprintf(name, sizeof(name), "f%d", i);
		snprintf(file, sizeof(file), "/x/%d/b.py", i % 9);
		node = add_frame(p, node, name, i % 9 ? file : "");
		assert_true(profile_add(p, node, PROFILE_NONE, (uint32_t)i % 2, &value));
	}
	return p;
}

static enum pyprof_status draw(const struct profile *profile, const struct format *format,
			       size_t failing, long *written)
{
	static const struct source_reader reader = { read_made_up, NULL };
	static char buffer[1 << 18];
	const struct format_input input = { .profile = profile, .sources = &reader };
	struct pyprof_error err;
	FILE *out = tmpfile();
	enum pyprof_status status;
	size_t before;

	assert_non_null(out);
	setvbuf(out, buffer, _IOFBF, sizeof(buffer));
	before = live;
	n_allocations = 0;
	fail_only(failing);
	status = format->write(&input, out, &err);
	fail_never();
	assert_int_equal(live, before);
	*written = ftell(out);
	fclose(out);
	return status;
}

static void write_without_memory(const struct format *format)
{
	struct profile *profile;
	long whole, written;
	size_t all, told = 0;

	if (!COUNTED)
		skip();
	profile = make_profile();
	assert_int_equal(draw(profile, format, SIZE_MAX, &whole), PYPROF_OK);
	all = n_allocations;
	for (size_t i = 0; i < all; i++) {
		enum pyprof_status status = draw(profile, format, i, &written);

		if (status == PYPROF_OK && written != whole)
			fail_msg("%s, allocation %zu of %zu: %ld bytes, not %ld", format->name,
				 i, all, written, whole);
		told += status == PYPROF_ERR_NOMEM;
	}
	/* qsort() asks for memory that it can do without, twice. */
	assert_in_range(told, all - 2, all);
	profile_destroy(profile);
}

static void call_graph(void **state)
{
	(void)state;
	write_without_memory(&format_dot);
}

static void heat_map(void **state)
{
	(void)state;
	write_without_memory(&format_heatmap);
}

/* ---- reading --------------------------------------------------------------------------- */

static void read_without_memory(const struct format *format, const char *bytes, size_t len)
{
	size_t all;

	if (!COUNTED)
		skip();
	for (size_t i = SIZE_MAX, n = 0;; i = n++) {
		struct profile *p = NULL;
		struct pyprof_error err;
		size_t before = live;
		enum pyprof_status status;

		n_allocations = 0;
		fail_only(i);
		status = format->read(&p, bytes, len, &err);
		fail_never();
		if (i == SIZE_MAX)
			all = n_allocations;
		assert_int_equal(status, i == SIZE_MAX ? PYPROF_OK : PYPROF_ERR_NOMEM);
		profile_destroy(p);
		assert_int_equal(live, before);
		if (n == all)
			break;
	}
	assert_true(all > 50);
}

static void mojo(void **state)
{
	static const char bytes[] =
		"MOJ\x03\x01mode\0full\0\x01python\0" "3.12\0\x01interval\0" "10\0"
		"\x01map\0" "10-20 /lib/a.so\0"
		"\x02\x07\x01" "46\0\x0b\x05" "a.py\0\x0b\x06" "f\xff\0"
		"\x03\x21\x05\x06\x01\0\x03\x04"
		"\x05\x21\x06sys_read\0\x07\x08\x09\x0a\x0a\x41"
		"\x02\x08\0name\0\x04\x0d\x09\x01";

	(void)state;
	read_without_memory(&format_mojo, bytes, sizeof(bytes) - 1);
}

static void text(void **state)
{
	static const char bytes[] = "# austin: 3.7.0\n# interval: 10\n# mode: full\n"
				    "# python: 3.12\n# map: 10-20 /lib/a.so\n"
				    "P7;T1:70;a.py:m:1;a.py:f\xff:20;native@18:x:2 100,0,-4096\n"
				    "P8;Tname;b (c.py);L2 1,0,0\n";

	(void)state;
	read_without_memory(&format_austin, bytes, sizeof(bytes) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(call_graph),
		cmocka_unit_test(heat_map),
		cmocka_unit_test(mojo),
		cmocka_unit_test(text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
