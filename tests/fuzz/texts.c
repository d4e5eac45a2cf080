/* SPDX-License-Identifier: MIT */
/*
 * Short texts and bytes that the target chooses: u8 what they are, then they. Command lines,
 * /proc's stat and status, file names, versions, the code of a function, and what of all that
 * gets into a message.
 */
#include "fuzz/fuzz.h"

#include <elf.h>
#include <string.h>

#include "base/error.h"
#include "profile/view.h"
#include "python/head_code.h"
#include "base/utf8.h"
#include "python/version.h"
#include "target/cmdline.h"
#include "target/procfs.h"

/* One line of UTF-8 without control characters, C1 ones included. */
static bool is_clean(const char *text, size_t len)
{
	const uint8_t *bytes = (const uint8_t *)text;

	for (size_t i = 0; i < len; i++) {
		if (bytes[i] < ' ' || bytes[i] == 0x7f)
			return false;
		if (bytes[i] == 0xc2 && i + 1 < len && bytes[i + 1] < 0xa0)
			return false;
	}
	return utf8_valid(bytes, len);
}

static void command_line(const char *text, size_t len)
{
	struct str out = STR_INIT;

	cmdline_format(&out, text, len);
	FUZZ_CHECK(out.len <= CMDLINE_MAX + 64);
	FUZZ_CHECK(is_clean(str_cstr(&out), out.len));
	str_deinit(&out);
}

static void stat_file(const char *text, size_t len)
{
	struct proc_stat stat;

	proc_stat_parse(&stat, text, len);
}

static void status_file(const char *text, size_t len)
{
	uint64_t numbers[4];
	size_t value_len;
	const char *value = proc_status_field(text, "NSpid", &value_len);

	FUZZ_CHECK(!value || (value >= text && value + value_len <= text + len));
	FUZZ_CHECK(!value || !memchr(value, '\n', value_len));
	proc_status_numbers(text, "NSpid", 10, numbers, 4);
	proc_status_numbers(text, "CapEff", 16, numbers, 4);
}

static void file_name(const char *text, size_t len)
{
	struct str path = STR_INIT, again = STR_INIT;

	(void)len;
	view_short_path(&path, text, "/srv/app");
	FUZZ_CHECK(strlen(str_cstr(&path)) <= strlen(text));
	view_short_path(&again, str_cstr(&path), "/srv/app");
	FUZZ_CHECK(!strcmp(str_cstr(&again), str_cstr(&path)));
	py_version_of_name(text);
	py_name_says_python(text);
	str_deinit(&path);
	str_deinit(&again);
}

static void version(const char *text, size_t len)
{
	size_t used = 0;
	char name[32];
	uint32_t hex = py_version_parse(text, len, &used);

	FUZZ_CHECK(!hex || (used && used <= len));
	py_version_text(hex, name, sizeof(name));
	FUZZ_CHECK(strlen(name) < sizeof(name));
	hex = py_version_banner(text, len);
	FUZZ_CHECK(!hex || py_version_plausible(hex));
}

static void function(const char *text, size_t len)
{
	const uint8_t *code = (const uint8_t *)text;
	uint64_t at;

	len = len < PY_HEAD_CODE_MAX ? len : PY_HEAD_CODE_MAX;
	py_head_code(code, len, 0x400000, EM_X86_64, &at);
	py_head_code(code, len, 0x400000, EM_AARCH64, &at);
}

static void message(const char *text, size_t len)
{
	struct pyprof_error err;

	(void)len;
	error_set(&err, PYPROF_ERR_CORRUPT, "%s: bad", text);
	error_hint(&err, "look at %s", text);
	error_prefix(&err, "%s", text);
	error_set_address(&err, PYPROF_ERR_FAULT, 1, "%s", err.message);
	FUZZ_CHECK(strlen(err.message) < sizeof(err.message));
	FUZZ_CHECK(strlen(err.hint) < sizeof(err.hint));
	for (const char *c = err.message; *c; c++)
		FUZZ_CHECK((uint8_t)*c >= ' ' && *c != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const readers[])(const char *, size_t) = {
		command_line, stat_file, status_file, file_name, version, function, message,
	};
	size_t n = sizeof(readers) / sizeof(readers[0]);
	char *text;

	if (!size)
		return 0;
	text = malloc(size); /* the first byte gone, a NUL behind, as files are read */
	FUZZ_CHECK(text);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	readers[data[0] % n](text, size - 1);
	free(text);
	return 0;
}
