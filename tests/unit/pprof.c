/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "format/folded.h"
#include "format/input.h"
#include "format/pprof.h"
#include "format/pprof_schema.h"
#include "format/proto.h"

static const struct profile_metric metrics[] = { { "samples", "count" },
						 { "wall", "nanoseconds" } };

static uint32_t str(struct profile *p, const char *text)
{
	return profile_string(p, text, strlen(text));
}

static uint32_t call(struct profile *p, uint32_t parent, const char *name, size_t len,
		     const char *file, int line)
{
	uint32_t function = profile_function(p, profile_string(p, name, len), str(p, file), 7);

	return profile_node(p, parent, profile_location(p, function, line, 4));
}

/* With all that a profile can have. */
static struct profile *full(void)
{
	struct profile_mapping mapping = { 0x1000, 0x2000, 0x30, 0, 0 };
	struct profile_label labels[3] = { 0 };
	struct profile_sample key = { 0 };
	struct profile *p;
	uint64_t values[] = { 3, UINT64_C(1) << 60 };
	uint32_t node;

	assert_int_equal(profile_create(&p, metrics, 2, NULL), PYPROF_OK);
	p->default_metric = 1;
	p->info.command = strdup("python app.py\n--x \\u0041 \xff");
	p->info.cwd = strdup("/srv/app");
	p->info.revision = strdup("0123 (main)");
	p->info.machine = strdup("x86_64, 2 \303\227 Some CPU, Linux 6");
	p->info.ended = strdup("exit");
	p->info.python_version = strdup("3.13.0");
	p->info.comments = strdup("one\ntwo");
	p->info.period_type = strdup("wall");
	p->info.period_unit = strdup("nanoseconds");
	p->info.period = 10000000;
	p->info.pid = 4242;
	p->info.start_realtime_ns = 1700000000000000001;
	p->info.stats.ticks = 77;
	p->info.stats.truncated[PYPROF_CAUSE_CODE] = 3;
	p->info.stats.failed[PYPROF_CAUSE_MOVED] = 4;
	p->info.stats.rate_hz = 99.5;
	p->info.stats.threads = 5;
	p->info.stats.elapsed_ns = 123456789;
	mapping.file = str(p, "/usr/bin/python3");
	mapping.build_id = str(p, "abcdef");
	profile_mapping(p, &mapping);
	labels[0] = (struct profile_label){ str(p, "route"), str(p, "/cart"), 0, 0 };
	labels[1] = (struct profile_label){ str(p, "size"), 0, -5, str(p, "bytes") };
	labels[2] = (struct profile_label){ str(p, "state"), str(p, "of matter"), 0, 0 };
	key.thread = profile_thread(p, profile_process(p, 9, str(p, "w\xc3\xb6rk")), 10,
				    str(p, "main"));
	node = call(p, PROFILE_ROOT, "main", 4, "/srv/app/a.py", 1);
	key.node = call(p, node, "odd \\u \xed\xb2\x80\0;", 11, "", 0);
	key.marks = PROFILE_MARK_TRUNCATED | PROFILE_MARK_PAUSED;
	profile_add_to(p, &key, values);
	key.marks = PROFILE_MARK_IDLE;
	key.labels = profile_label_set(p, labels, 3);
	profile_add_to(p, &key, values);
	key.marks = PROFILE_MARK_GIL_WAIT | PROFILE_MARK_IDLE;
	key.thread = profile_thread(p, profile_process(p, 0, 0), 0, 0);
	profile_add_to(p, &key, values);
	key = (struct profile_sample){ .thread = PROFILE_NONE };
	profile_add_to(p, &key, values);
	key = (struct profile_sample){ .thread = PROFILE_NONE, .marks = PROFILE_MARK_TRUNCATED };
	profile_add_to(p, &key, values);
	/* A function may be called like the mark. */
	node = call(p, node, "[truncated]", 11, "", 0);
	profile_add(p, node, PROFILE_NONE, 0, values);
	profile_add(p, node, PROFILE_NONE, PROFILE_MARK_TRUNCATED, values);
	return p;
}

/* The file's bytes, zipped; *len of them, to be freed. */
static char *written(const struct profile *p, size_t *len)
{
	char *bytes;
	FILE *out = open_memstream(&bytes, len);

	assert_int_equal(format_pprof.write(&(struct format_input){ .profile = p,
								    .metric = p->default_metric },
					    out, NULL),
			 PYPROF_OK);
	fclose(out);
	return bytes;
}

/* Reads bytes as a file of that name would be. */
static enum pyprof_status read_back(struct profile **p, const char *bytes, size_t len,
				    struct pyprof_error *err)
{
	char path[] = "/tmp/pyprof-test-XXXXXX";
	int fd = mkstemp(path);
	enum pyprof_status status;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
	status = input_read(p, path, NULL, err);
	unlink(path);
	return status;
}

static void assert_same_string(const struct profile *a, uint32_t x, const struct profile *b,
			       uint32_t y)
{
	assert_int_equal(a->string_lengths[x], b->string_lengths[y]);
	assert_memory_equal(a->strings[x], b->strings[y], a->string_lengths[x]);
}

static void assert_same_stack(const struct profile *a, uint32_t x, const struct profile *b,
			      uint32_t y)
{
	while (x != PROFILE_ROOT && y != PROFILE_ROOT) {
		const struct profile_location *l = &a->locations[a->nodes[x].location];
		const struct profile_location *m = &b->locations[b->nodes[y].location];
		const struct profile_function *f = &a->functions[l->function];
		const struct profile_function *g = &b->functions[m->function];

		assert_int_equal(l->line, m->line);
		assert_int_equal(l->column, m->column);
		assert_int_equal(f->start_line, g->start_line);
		assert_same_string(a, f->name, b, g->name);
		assert_same_string(a, f->file, b, g->file);
		x = a->nodes[x].parent;
		y = b->nodes[y].parent;
	}
	assert_int_equal(x, y);
}

static void assert_same_thread(const struct profile *a, uint32_t x, const struct profile *b,
			       uint32_t y)
{
	const struct profile_thread *t, *u;

	assert_int_equal(x == PROFILE_NONE, y == PROFILE_NONE);
	if (x == PROFILE_NONE)
		return;
	t = &a->threads[x];
	u = &b->threads[y];
	assert_int_equal(t->tid, u->tid);
	assert_same_string(a, t->name, b, u->name);
	assert_int_equal(a->processes[t->process].pid, b->processes[u->process].pid);
	assert_same_string(a, a->processes[t->process].command, b,
			   b->processes[u->process].command);
}

static void assert_same_labels(const struct profile *a, uint32_t x, const struct profile *b,
			       uint32_t y)
{
	const struct profile_label_set *s = &a->label_sets[x], *t = &b->label_sets[y];

	assert_int_equal(s->n, t->n);
	for (size_t i = 0; i < s->n; i++) {
		const struct profile_label *l = &a->labels[s->first + i];
		const struct profile_label *m = &b->labels[t->first + i];

		assert_same_string(a, l->key, b, m->key);
		assert_same_string(a, l->text, b, m->text);
		assert_same_string(a, l->unit, b, m->unit);
		assert_int_equal(l->number, m->number);
	}
}

static void assert_same(const struct profile *a, const struct profile *b)
{
	assert_int_equal(a->n_metrics, b->n_metrics);
	for (size_t i = 0; i < a->n_metrics; i++) {
		assert_string_equal(a->metrics[i].name, b->metrics[i].name);
		assert_string_equal(a->metrics[i].unit, b->metrics[i].unit);
	}
	assert_int_equal(a->default_metric, b->default_metric);
	assert_int_equal(a->n_samples, b->n_samples);
	for (size_t i = 0; i < a->n_samples; i++) {
		assert_int_equal(a->samples[i].marks, b->samples[i].marks);
		assert_same_stack(a, a->samples[i].node, b, b->samples[i].node);
		assert_same_thread(a, a->samples[i].thread, b, b->samples[i].thread);
		assert_same_labels(a, a->samples[i].labels, b, b->samples[i].labels);
		for (size_t m = 0; m < a->n_metrics; m++)
			assert_int_equal(a->values[i * a->n_metrics + m],
					 b->values[i * a->n_metrics + m]);
	}
	assert_int_equal(a->n_mappings, b->n_mappings);
	for (size_t i = 0; i < a->n_mappings; i++) {
		assert_int_equal(a->mappings[i].start, b->mappings[i].start);
		assert_int_equal(a->mappings[i].limit, b->mappings[i].limit);
		assert_int_equal(a->mappings[i].offset, b->mappings[i].offset);
		assert_same_string(a, a->mappings[i].file, b, b->mappings[i].file);
		assert_same_string(a, a->mappings[i].build_id, b, b->mappings[i].build_id);
	}
}

static void reads_back_all_there_is(void **state)
{
	struct profile *p = full(), *q;
	struct pyprof_error err = { 0 };
	size_t len;
	char *bytes = written(p, &len);
	struct profile_info *a, *b;

	(void)state;
	if (read_back(&q, bytes, len, &err))
		fail_msg("%s", err.message);
	assert_same(p, q);
	a = &p->info;
	b = &q->info;
	for (size_t i = 0; i < PROFILE_INFO_TEXTS; i++)
		if (*profile_info_text(a, i))
			assert_string_equal(i == 0 ? "python app.py\n--x \\u0041 \xed\xb3\xbf" :
						     *profile_info_text(a, i),
					    *profile_info_text(b, i));
	assert_int_equal(a->pid, b->pid);
	assert_int_equal(a->period, b->period);
	assert_int_equal(a->start_realtime_ns, b->start_realtime_ns);
	assert_memory_equal(&a->stats, &b->stats, sizeof(a->stats));
	free(bytes);
	bytes = written(q, &len);
	profile_destroy(q);
	/* And once more: what is read is what is written. */
	assert_int_equal(read_back(&q, bytes, len, &err), PYPROF_OK);
	assert_same(p, q);
	profile_destroy(q);
	profile_destroy(p);
	free(bytes);
}

static void takes_a_profile_of_nothing(void **state)
{
	struct profile *p, *q;
	size_t len;
	char *bytes;

	(void)state;
	assert_int_equal(profile_create(&p, metrics, 1, NULL), PYPROF_OK);
	bytes = written(p, &len);
	assert_int_equal(read_back(&q, bytes, len, NULL), PYPROF_OK);
	assert_same(p, q);
	free(bytes);
	profile_destroy(p);
	profile_destroy(q);
}

/* ---- files of others, by hand ------------------------------------------------------ */

static void add_message(struct str *file, unsigned field, const struct str *message)
{
	proto_add_bytes(file, field, str_cstr(message), message->len);
}

/* A message of numbers: {field, number}, ended by field 0. */
static void add_numbers(struct str *file, unsigned field, const uint64_t (*numbers)[2])
{
	struct str message = STR_INIT;

	for (; (*numbers)[0]; numbers++)
		proto_add_number(&message, (unsigned)(*numbers)[0], (*numbers)[1]);
	add_message(file, field, &message);
	str_deinit(&message);
}

#define NUMBERS(file, field, ...)                                                        \
	add_numbers(file, field, (const uint64_t[][2]){ __VA_ARGS__, { 0 } })

static void add_texts(struct str *file, const char *const *texts)
{
	for (; *texts; texts++)
		proto_add_bytes(file, PPROF_STRING_TABLE, *texts, strlen(*texts));
}

/* A location with a line of each function, the innermost first. */
static void add_location(struct str *file, uint64_t id, uint64_t mapping, uint64_t address,
			 const uint64_t *functions)
{
	struct str message = STR_INIT;

	for (; *functions; functions++)
		NUMBERS(&message, PPROF_LOCATION_LINE, { 1, *functions }, { 2, *functions * 10 });
	proto_add_number(&message, PPROF_LOCATION_MAPPING_ID, mapping);
	proto_add_number(&message, PPROF_LOCATION_ADDRESS, address);
	proto_add_number(&message, PPROF_LOCATION_ID, id);
	add_message(file, PPROF_LOCATION, &message);
	str_deinit(&message);
}

static char *folded(struct profile *p)
{
	struct format_input input = { .profile = p };
	struct view *view;
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_int_equal(view_create(&view, p, &(struct view_opts){ .metric = p->default_metric },
				     NULL),
			 PYPROF_OK);
	input.view = view;
	format_folded.write(&input, out, NULL);
	fclose(out);
	view_destroy(view);
	return text;
}

/*
 * Ids in no order and far apart, tables behind the samples, numbers not packed, inlined lines, an
 * address of nothing, no word about the default metric.
 */
static void begin_foreign(struct str *file)
{
	NUMBERS(file, PPROF_SAMPLE_TYPE, { 1, 1 }, { 2, 2 });
	NUMBERS(file, PPROF_SAMPLE_TYPE, { 1, 3 }, { 2, 4 });
	NUMBERS(file, PPROF_SAMPLE, { 1, 900 }, { 1, 5 }, { 2, 1 }, { 2, 50 });
	NUMBERS(file, PPROF_SAMPLE, { 1, 77 }, { 1, 5 }, { 2, 2 }, { 2, 60 });
}

static const char *const foreign_texts[] = {
	"", "samples", "count", "cpu", "nanoseconds", "main", "inner", "outer", "a.go",
	"/bin/app", "in+er", "outer\\u0041", NULL,
};

static void end_foreign(struct str *file)
{
	NUMBERS(file, PPROF_FUNCTION, { 1, 30 }, { 2, 11 }, { 4, 8 });
	NUMBERS(file, PPROF_FUNCTION, { 1, 10 }, { 2, 5 }, { 4, 8 }, { 5, 3 });
	NUMBERS(file, PPROF_FUNCTION, { 1, 20 }, { 2, 6 }, { 4, 8 });
	add_location(file, 900, 0, 0x10, (const uint64_t[]){ 20, 30, 0 });
	add_location(file, 5, 3, 0x20, (const uint64_t[]){ 10, 0 });
	add_location(file, 77, 3, 0x1234, (const uint64_t[]){ 0 });
	NUMBERS(file, PPROF_MAPPING, { 1, 3 }, { 2, 1 }, { 5, 9 });
	add_texts(file, foreign_texts);
}

static void assert_reads(const struct str *file, const char *want)
{
	struct pyprof_error err = { 0 };
	struct profile *p;
	char *text;

	if (pprof_read(&p, str_cstr(file), file->len, &err))
		fail_msg("%s", err.message);
	text = folded(p);
	assert_string_equal(text, want);
	free(text);
	profile_destroy(p);
}

static void reads_what_others_write(void **state)
{
	struct str file = STR_INIT;

	(void)state;
	begin_foreign(&file);
	end_foreign(&file);
	assert_true(pprof_detect(file.data, file.len));
	assert_reads(&file, "main (a.go:100);0x1234 (/bin/app) 60\n"
			    "main (a.go:100);outer\\\\u0041 (a.go:300);inner (a.go:200) 50\n");
	proto_add_number(&file, PPROF_DEFAULT_SAMPLE_TYPE, 1);
	/* A field of tomorrow. */
	proto_add_bytes(&file, 1000, "later", 5);
	proto_add_number(&file, 1001, 7);
	assert_reads(&file, "main (a.go:100);0x1234 (/bin/app) 2\n"
			    "main (a.go:100);outer\\\\u0041 (a.go:300);inner (a.go:200) 1\n");
	str_deinit(&file);
}

/* As pprof does: what matches and all below it goes, but not where nothing would be left. */
static void prunes_what_the_file_says(void **state)
{
	struct str file = STR_INIT;

	(void)state;
	begin_foreign(&file);
	end_foreign(&file);
	proto_add_number(&file, PPROF_DROP_FRAMES, 10);
	assert_reads(&file, "main (a.go:100);0x1234 (/bin/app) 60\n"
			    "main (a.go:100);outer\\\\u0041 (a.go:300) 50\n");
	proto_add_number(&file, PPROF_KEEP_FRAMES, 6);
	assert_reads(&file, "main (a.go:100);0x1234 (/bin/app) 60\n"
			    "main (a.go:100);outer\\\\u0041 (a.go:300);inner (a.go:200) 50\n");
	str_deinit(&file);
}

static void assert_refused(const struct str *file, enum pyprof_status status, const char *says)
{
	struct pyprof_error err = { 0 };
	struct profile *p = (struct profile *)1;

	assert_int_equal(pprof_read(&p, str_cstr(file), file->len, &err), status);
	assert_null(p);
	if (!strstr(err.message, says))
		fail_msg("'%s' does not say '%s'", err.message, says);
}

static void names_the_byte(void **state)
{
	static const struct {
		uint64_t sample[8][2];
		const char *says;
	} cases[] = {
		{ { { 1, 6 }, { 2, 1 }, { 2, 1 } }, "location 6 is not in the file" },
		{ { { 1, 5 }, { 2, 1 } }, "a sample has 1 values, and there are 2 types" },
		{ { { 1, 5 }, { 2, 1 }, { 2, 1 }, { 2, 1 } }, "more than 2 values" },
		{ { { 1, 5 }, { 2, (uint64_t)-4 }, { 2, 1 } }, "the value -4" },
	};
	struct str file = STR_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		str_clear(&file);
		begin_foreign(&file);
		add_numbers(&file, PPROF_SAMPLE, cases[i].sample);
		end_foreign(&file);
		assert_refused(&file, PYPROF_ERR_CORRUPT, cases[i].says);
		assert_refused(&file, PYPROF_ERR_CORRUPT, "byte ");
	}
	str_clear(&file);
	assert_refused(&file, PYPROF_ERR_CORRUPT, "no sample types");
	begin_foreign(&file);
	assert_refused(&file, PYPROF_ERR_CORRUPT, "text 1 is meant, and the file has 0");
	end_foreign(&file);
	add_location(&file, 6, 0, 0, (const uint64_t[]){ 99, 0 });
	assert_refused(&file, PYPROF_ERR_CORRUPT, "function 99 is not in the file");
	str_clear(&file);
	str_add_cstr(&file, "hello, world");
	assert_refused(&file, PYPROF_ERR_CORRUPT, "byte 2: field 13 is cut short");
	str_clear(&file);
	for (int i = 0; i < PROFILE_MAX_METRICS + 1; i++)
		NUMBERS(&file, PPROF_SAMPLE_TYPE, { 1, 1 });
	add_texts(&file, foreign_texts);
	assert_refused(&file, PYPROF_ERR_LIMIT, "41 sample types");
	str_deinit(&file);
}

/* Wherever a file ends too early it is refused, or what is there is whole. */
static void takes_no_half_file(void **state)
{
	struct str file = STR_INIT;

	(void)state;
	begin_foreign(&file);
	end_foreign(&file);
	for (size_t len = 0; len < file.len; len++) {
		struct pyprof_error err = { 0 };
		struct profile *p;

		if (!pprof_read(&p, file.data, len, &err)) {
			/* Only the last texts, which nothing refers to, may be gone. */
			assert_int_equal(p->n_samples, 2);
			profile_destroy(p);
		}
	}
	str_deinit(&file);
}

static void takes_no_half_zip(void **state)
{
	struct profile *p = full(), *q;
	struct pyprof_error err = { 0 };
	size_t len;
	char *bytes = written(p, &len);

	(void)state;
	for (size_t cut = 3; cut < len; cut += 7)
		assert_int_equal(read_back(&q, bytes, cut, &err), PYPROF_ERR_CORRUPT);
	assert_non_null(strstr(err.message, "gzip data at byte"));
	bytes[len - 6] ^= 1; /* of the checksum */
	assert_int_equal(read_back(&q, bytes, len, &err), PYPROF_ERR_CORRUPT);
	assert_non_null(strstr(err.message, "gzip"));
	free(bytes);
	profile_destroy(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_back_all_there_is),
		cmocka_unit_test(takes_a_profile_of_nothing),
		cmocka_unit_test(reads_what_others_write),
		cmocka_unit_test(prunes_what_the_file_says),
		cmocka_unit_test(names_the_byte),
		cmocka_unit_test(takes_no_half_file),
		cmocka_unit_test(takes_no_half_zip),
	};

	return cmocka_run_group_tests_name("pprof", tests, NULL, NULL);
}
