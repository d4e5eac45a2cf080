/* SPDX-License-Identifier: MIT */
/* Strings, bytes and ints of every version: u8 python, u64 address, then pieces of memory. */
#include "fuzz/fuzz.h"

#include <string.h>

#include "base/cleanup.h"
#include "fuzz/pieces.h"
#include "fuzz/pythons.h"
#include "python/string.h"
#include "base/utf8.h"

#define LIMIT 4096u

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	pythons_load();
	return 0;
}

/* UTF-8 but for lone surrogates in three bytes: no stray bytes, nothing overlong. */
static void check_text(const struct str *text)
{
	_cleanup_(str_deinit) struct str strict = STR_INIT;

	for (size_t i = 0; i < text->len; i++) {
		const uint8_t *at = (const uint8_t *)text->data + i;

		if (text->len - i >= 3 && at[0] == 0xed && (at[1] & 0xe0) == 0xa0 &&
		    (at[2] & 0xc0) == 0x80)
			i += 2;
		else
			str_add_char(&strict, text->data[i]);
	}
	FUZZ_CHECK(utf8_valid((const uint8_t *)str_cstr(&strict), strict.len));
}

static void read_all(const struct py_runtime *rt, uint64_t addr)
{
	struct str text = STR_INIT;
	uint8_t head[256] = { 0 };
	int64_t number;
	size_t size = py_string_maybe_size(&rt->layout, strlen("threading"));

	str_add_cstr(&text, "x");
	if (py_string_read(rt, addr, &text, NULL))
		FUZZ_CHECK(text.len == 1);
	FUZZ_CHECK(str_cstr(&text)[0] == 'x');
	check_text(&text);
	str_clear(&text);
	if (!py_bytes_read(rt, addr, LIMIT, &text, NULL))
		FUZZ_CHECK(text.len <= LIMIT);
	else
		FUZZ_CHECK(text.len == 0);
	py_int_read(rt, addr, &number, NULL);
	FUZZ_CHECK(size <= sizeof(head));
	if (!memory_read(rt->target->memory, addr, head, size, NULL) &&
	    !py_string_maybe(&rt->layout, head, "threading", strlen("threading"))) {
		/* A no is certain. */
		str_clear(&text);
		if (!py_string_read(rt, addr, &text, NULL))
			FUZZ_CHECK(text.len != strlen("threading") ||
				   memcmp(text.data, "threading", text.len) != 0);
	}
	str_deinit(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pieces pieces;
	struct bytes in = bytes_of(data, size);
	const struct python *python = python_of_key(bytes_u8(&in));
	uint64_t addr = bytes_u64(&in);
	struct target target = *python->target;
	struct py_runtime rt = python->rt;

	if (in.failed)
		return 0;
	pieces_init(&pieces, &in);
	target.memory = &pieces.memory;
	rt.target = &target;
	read_all(&rt, addr);
	return 0;
}
