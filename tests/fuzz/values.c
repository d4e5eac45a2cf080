/* SPDX-License-Identifier: MIT */
/*
 * Values and variables of every version: u8 python, u8 what, u64 address, u64 address of a code
 * object, then pieces of memory. Whatever they say, the text is clean and within its limits, and so
 * is the number of reads. tests/tools/check-values makes inputs of real ones.
 */
#include "fuzz/fuzz.h"

#include "base/utf8.h"
#include "fuzz/pieces.h"
#include "fuzz/pythons.h"
#include "python/locals.h"
#include "python/value.h"

enum what { SHORT, LOCALS, LONG, N };

static struct regex *redact, *redact_text;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	pythons_load();
	FUZZ_CHECK(!regex_create(&redact, py_value_redact_default, "--redact", NULL));
	FUZZ_CHECK(!regex_create(&redact_text, py_value_redact_text_default, "--redact", NULL));
	return 0;
}

static void check_text(const struct str *text, size_t limit)
{
	FUZZ_CHECK(text->len <= limit);
	FUZZ_CHECK(!text->len || utf8_valid((const uint8_t *)text->data, text->len));
	for (size_t i = 0; i < text->len; i++)
		FUZZ_CHECK((unsigned char)text->data[i] >= 0x20 && text->data[i] != 0x7f);
}

static void read_value(struct py_runtime *rt, uint64_t addr,
		       const struct py_value_limits *limits)
{
	struct str text = STR_INIT, type = STR_INIT;
	struct py_values values;
	unsigned flags = 0;

	py_values_init(&values, rt, limits, redact);
	values.redact_text = redact_text;
	FUZZ_CHECK(!py_value_read(&values, addr, &text, &type, &flags, NULL));
	check_text(&text, limits->bytes);
	check_text(&type, 1024);
	FUZZ_CHECK(text.len);
	FUZZ_CHECK(rt->target->memory->reads <= limits->reads);
	str_deinit(&text);
	str_deinit(&type);
	py_values_deinit(&values);
}

static bool count_local(const struct py_local *local, void *arg)
{
	size_t *n = arg;

	FUZZ_CHECK(local->name && local->kind >= PY_LOCAL_ARGUMENT &&
		   local->kind <= PY_LOCAL_NAME);
	return ++*n <= PY_LOCALS_MAX + PY_LOCALS_NAMES_MAX;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pieces pieces;
	struct bytes in = bytes_of(data, size);
	const struct python *python = python_of_key(bytes_u8(&in));
	enum what what = bytes_u8(&in) % N;
	uint64_t addr = bytes_u64(&in);
	struct py_frame frame = { .addr = addr, .code = bytes_u64(&in) };
	struct target target = *python->target;
	struct py_runtime rt = python->rt;
	size_t n = 0;

	if (in.failed)
		return 0;
	pieces_init(&pieces, &in);
	target.memory = &pieces.memory;
	rt.target = &target;
	if (what == LOCALS) {
		py_locals_each(&rt, &frame, count_local, &n, NULL);
		FUZZ_CHECK(n <= PY_LOCALS_MAX + PY_LOCALS_NAMES_MAX);
	} else {
		read_value(&rt, addr, what == SHORT ? &py_value_short : &py_value_long);
	}
	return 0;
}
