/* SPDX-License-Identifier: MIT */
/* python/value.h: texts of objects made by hand, limits, and objects that lie. */
#include "support/fake_objects.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "python/value.h"

#define FLAG_TYPE (1u << 31)
#define LIST	  (1u << 25)
#define TUPLE	  (1u << 26)

struct world {
	struct fake_objects *p;
	uint64_t meta, object, str, bytes, integer, list, tuple, dict, floating, set;
	struct py_value_limits limits;
	struct regex *redact, *redact_text;
	struct py_values values;
	struct str text, type;
	unsigned flags;
};

/* A static type of C: its metatype says that it is one, and object is its base. */
static uint64_t make_type(struct world *w, const char *name, uint64_t flags)
{
	const struct py_layout *l = &w->p->rt.layout;
	uint64_t type = fake_type(w->p, flags), text = fake_object(w->p, 0, strlen(name) + 1);

	fake_put(&w->p->memory, text, name, strlen(name) + 1);
	fake_word(&w->p->memory, type + l->object.ob_type, w->meta);
	fake_word(&w->p->memory, type + l->type.name, text);
	fake_word(&w->p->memory, type + l->type.repr, 0x1000 + type);
	fake_word(&w->p->memory, type + l->value.type_base, w->object);
	return type;
}

static void begin(struct world *w, const char *layout, uint32_t version)
{
	*w = (struct world){ .p = fake_objects(layout), .limits = py_value_short };
	w->p->rt.version = version;
	w->meta = fake_type(w->p, FLAG_TYPE);
	w->object = make_type(w, "object", 0);
	w->str = make_type(w, "str", PY_TYPE_STR);
	w->bytes = make_type(w, "bytes", PY_TYPE_BYTES);
	w->integer = make_type(w, "int", PY_TYPE_INT);
	w->list = make_type(w, "list", LIST);
	w->tuple = make_type(w, "tuple", TUPLE);
	w->dict = make_type(w, "dict", PY_TYPE_DICT);
	w->floating = make_type(w, "float", 0);
	w->set = make_type(w, "set", 0);
	w->p->str_type = w->str;
	w->p->bytes_type = w->bytes;
	w->p->int_type = w->integer;
	w->p->dict_type = w->dict;
}

static void end(struct world *w)
{
	regex_destroy(w->redact);
	regex_destroy(w->redact_text);
	str_deinit(&w->text);
	str_deinit(&w->type);
	fake_objects_free(w->p);
}

/* Reads it; what comes out is a clean text, whatever was read. */
static const char *read_value(struct world *w, uint64_t addr)
{
	fake_ready(w->p);
	py_values_init(&w->values, &w->p->rt, &w->limits, w->redact);
	w->values.redact_text = w->redact_text;
	str_clear(&w->text);
	str_clear(&w->type);
	assert_int_equal(py_value_read(&w->values, addr, &w->text, &w->type, &w->flags, NULL),
			 PYPROF_OK);
	py_values_deinit(&w->values);
	assert_true(w->text.len > 0 && w->text.len <= w->limits.bytes);
	assert_true(utf8_valid((const uint8_t *)w->text.data, w->text.len));
	return str_cstr(&w->text);
}

static void says(struct world *w, uint64_t addr, const char *text, unsigned flags)
{
	assert_string_equal(read_value(w, addr), text);
	assert_int_equal(w->flags, flags);
}

static uint64_t make_list(struct world *w, const uint64_t *items, size_t n, uint64_t said)
{
	const struct py_layout *l = &w->p->rt.layout;
	uint64_t list = fake_object(w->p, w->list, 64), array = fake_object(w->p, 0, 8 * n + 8);

	fake_word(&w->p->memory, list + l->list.size, said);
	fake_word(&w->p->memory, list + l->list.items, array);
	for (size_t i = 0; i < n; i++)
		fake_word(&w->p->memory, array + 8 * i, items[i]);
	return list;
}

static uint64_t make_float(struct world *w, double number)
{
	uint64_t addr = fake_object(w->p, w->floating, 32);

	fake_put(&w->p->memory, addr + w->p->rt.layout.floating.value, &number, sizeof(number));
	return addr;
}

/* ---- numbers ------------------------------------------------------------------------------ */

static void test_floats(void **state)
{
	static const struct {
		double number;
		const char *text;
	} rows[] = {
		{ 0.0, "0.0" }, { -0.0, "-0.0" }, { 0.1, "0.1" }, { 1e16, "1e+16" },
		{ 9999999999999998.0, "9999999999999998.0" }, { 1e-4, "0.0001" },
		{ 1e-5, "1e-05" }, { 5e-324, "5e-324" }, { 0x1p-44, "5.684341886080802e-14" },
		{ 1.7976931348623157e308, "1.7976931348623157e+308" }, { 1e22, "1e+22" },
		{ 123456.789, "123456.789" }, { 1.0 / 3, "0.3333333333333333" },
	};
	struct world w;

	(void)state;
	begin(&w, "3.8", PY_HEX(3, 8, 0));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		says(&w, make_float(&w, rows[i].number), rows[i].text, 0);
	assert_string_equal(str_cstr(&w.type), "float");
	end(&w);
}

static uint64_t make_int(struct world *w, uint64_t tag, const void *digits, size_t len)
{
	const struct py_layout *l = &w->p->rt.layout;
	uint64_t addr = fake_object(w->p, w->integer, l->integer.digits + len + 8);

	fake_word(&w->p->memory, addr + l->integer.tag, tag);
	fake_put(&w->p->memory, addr + l->integer.digits, digits, len);
	return addr;
}

static void test_ints(void **state)
{
	const uint32_t digits[] = { 0, 0, 1 << 5 }; /* 2 ** 65 */
	const uint16_t halves[] = { 1, 0, 1 };	    /* 2 ** 30 + 1, of 15 bits each */
	struct world w;

	(void)state;
	begin(&w, "3.8", PY_HEX(3, 8, 0));
	says(&w, make_int(&w, 3, digits, sizeof(digits)), "36893488147419103232", 0);
	says(&w, make_int(&w, (uint64_t)-3, digits, sizeof(digits)), "-36893488147419103232", 0);
	says(&w, make_int(&w, 0, digits, 4), "0", 0);
	read_value(&w, make_int(&w, 1u << 30, digits, 4)); /* a length that is a lie */
	assert_true(w.flags & PY_VALUE_CUT);
	says(&w, make_int(&w, (uint64_t)INT64_MIN, digits, 4), "<unreadable int>",
	     PY_VALUE_UNREADABLE);
	w.p->rt.layout.value.digit_bits = 15;
	says(&w, make_int(&w, 3, halves, sizeof(halves)), "1073741825", 0);
	w.limits.text = 4;
	says(&w, make_int(&w, 3, halves, sizeof(halves)), "1073…", PY_VALUE_CUT);
	end(&w);
}

/* ---- texts --------------------------------------------------------------------------------- */

static void test_texts(void **state)
{
	struct world w;

	(void)state;
	begin(&w, "3.8", PY_HEX(3, 8, 0));
	says(&w, fake_name(w.p, "plain"), "'plain'", 0);
	says(&w, fake_name(w.p, "it's"), "\"it's\"", 0);
	says(&w, fake_name(w.p, "'\""), "'\\'\"'", 0);
	says(&w, fake_name(w.p, "\x1b[31m\\\n"), "'\\x1b[31m\\\\\\n'", 0);
	says(&w, fake_bytes(w.p, "\xff\0a", 3), "b'\\xff\\x00a'", 0);
	/* U+0870 came with 3.11's Unicode. */
	says(&w, fake_compact(w.p, w.str, &(uint16_t){ 0x870 }, 1, 2, false), "'\\u0870'", 0);
	w.p->rt.version = PY_HEX(3, 11, 0);
	says(&w, fake_compact(w.p, w.str, &(uint16_t){ 0x870 }, 1, 2, false), "'\xe0\xa1\xb0'", 0);
	says(&w, fake_compact(w.p, w.str, &(uint16_t){ 0xd800 }, 1, 2, false), "'\\ud800'", 0);
	read_value(&w, fake_compact(w.p, w.str, &(uint32_t){ 0x110000 }, 1, 4, false));
	assert_true(w.flags & PY_VALUE_UNREADABLE);
	end(&w);
}

/* Of a string of a gigabyte only its beginning is there to be read, and no more is. */
static void test_gigabyte(void **state)
{
	struct world w;
	char chars[200];
	uint64_t addr;

	(void)state;
	begin(&w, "3.8", PY_HEX(3, 8, 0));
	memset(chars, 'g', sizeof(chars));
	addr = fake_compact(w.p, w.str, chars, sizeof(chars), 1, true);
	fake_word(&w.p->memory, addr + w.p->rt.layout.unicode.length, 1u << 30);
	read_value(&w, addr);
	assert_int_equal(w.flags, PY_VALUE_CUT);
	assert_int_equal(w.text.len, w.limits.text + 2 + strlen("…"));
	end(&w);
}

static void test_passwords(void **state)
{
	struct world w;

	(void)state;
	begin(&w, "3.8", PY_HEX(3, 8, 0));
	assert_int_equal(regex_create(&w.redact, py_value_redact_default, "", NULL), PYPROF_OK);
	says(&w, fake_name(w.p, "db://me:s3cret@host/x"), "'db://me:<redacted>@host/x'",
	     PY_VALUE_REDACTED);
	says(&w, fake_name(w.p, "http://host:80/me@x"), "'http://host:80/me@x'", 0);
	/* Cut in the middle of it. */
	w.limits.text = 14;
	says(&w, fake_name(w.p, "db://me:s3cret@host/x"), "'db://me:<redacted>'…",
	     PY_VALUE_REDACTED | PY_VALUE_CUT);
	says(&w, fake_name(w.p, "db://me/s3:ret@host/x"), "'db://me/s3:ret'…", PY_VALUE_CUT);
	end(&w);
}

/* ---- containers ------------------------------------------------------------------------------ */

static void test_lists(void **state)
{
	struct world w;
	uint64_t items[3], list;

	(void)state;
	begin(&w, "3.8", PY_HEX(3, 8, 0));
	items[0] = fake_int(w.p, 7);
	items[1] = fake_name(w.p, "a");
	items[2] = FAKE_NOWHERE;
	says(&w, make_list(&w, items, 2, 2), "[7, 'a']", 0);
	says(&w, make_list(&w, items, 3, 3), "[7, 'a', <unreadable>]", PY_VALUE_UNREADABLE);
	says(&w, make_list(&w, items, 0, UINT64_MAX), "<unreadable list>", PY_VALUE_UNREADABLE);
	list = make_list(&w, items, 2, 2);
	uint64_t array;
	fake_ready(w.p);
	memory_read_u64(w.p->target.memory, list + w.p->rt.layout.list.items, &array, NULL);
	fake_word(&w.p->memory, array, list);
	says(&w, list, "[[...], 'a']", PY_VALUE_CYCLE);
	w.limits.width = 1;
	says(&w, make_list(&w, items, 2, 2), "[7, …]", PY_VALUE_CUT);
	/* A length that is a lie costs what the width allows. */
	w.limits.width = 1000;
	read_value(&w, make_list(&w, items, 2, INT64_MAX));
	assert_true(w.flags);
	end(&w);
}

static void test_deep(void **state)
{
	struct world w;
	uint64_t list;

	(void)state;
	begin(&w, "3.8", PY_HEX(3, 8, 0));
	list = make_list(&w, NULL, 0, 0);
	for (int i = 0; i < 60; i++)
		list = make_list(&w, &list, 1, 1);
	says(&w, list, "[[[[…]]]]", PY_VALUE_CUT);
	w.limits.depth = 1000; /* never deeper than the stack of ours is to be */
	read_value(&w, list);
	assert_int_equal(w.flags, PY_VALUE_CUT);
	end(&w);
}

static void test_dicts(void **state)
{
	struct world w;
	struct fake_item items[2];
	uint64_t dict;

	(void)state;
	begin(&w, "3.8", PY_HEX(3, 8, 0));
	items[0] = (struct fake_item){ fake_name(w.p, "api_key"), fake_int(w.p, 5) };
	items[1] = (struct fake_item){ fake_name(w.p, "monkey"), fake_int(w.p, 6) };
	dict = fake_dict(w.p, items, 2, 1);
	says(&w, dict, "{'api_key': 5, 'monkey': 6}", 0);
	assert_int_equal(regex_create(&w.redact, py_value_redact_default, "", NULL), PYPROF_OK);
	says(&w, dict, "{'api_key': <redacted>, 'monkey': 6}", PY_VALUE_REDACTED);
	/* A key that cannot be read may be one of those; one that is no str is told by its text. */
	items[0].key = fake_name(w.p, "api_key");
	fake_word(&w.p->memory, items[0].key + w.p->rt.layout.unicode.length, INT64_MAX / 2);
	fake_word(&w.p->memory, dict + w.p->rt.layout.dict.used, 2);
	items[1].key = make_list(&w, (uint64_t[]){ fake_name(w.p, "db"), fake_name(w.p, "pass") },
				 2, 2);
	assert_null(strstr(read_value(&w, fake_dict(w.p, items, 2, 1)), "5"));
	assert_non_null(strstr(str_cstr(&w.text), "['db', 'pass']: <redacted>"));
	/* In the middle of a resize: more are said to be in it than its table has. */
	fake_word(&w.p->memory, dict + w.p->rt.layout.dict.used, 5);
	read_value(&w, dict);
	assert_true(w.flags & PY_VALUE_UNREADABLE);
	fake_word(&w.p->memory, dict + w.p->rt.layout.dict.keys, FAKE_NOWHERE);
	read_value(&w, dict);
	assert_true(w.flags & PY_VALUE_UNREADABLE);
	end(&w);
}

/* Of weak names only texts are withheld; what says nothing is shown, whatever it is called. */
static void test_weak_names(void **state)
{
	struct world w;
	struct fake_item items[2];
	uint64_t none;
	struct {
		const char *name;
		uint64_t value;
		bool withheld;
	} rows[16];
	size_t n = 0;

	(void)state;
	begin(&w, "3.8", PY_HEX(3, 8, 0));
	assert_int_equal(regex_create(&w.redact, py_value_redact_default, "", NULL), PYPROF_OK);
	assert_int_equal(regex_create(&w.redact_text, py_value_redact_text_default, "", NULL),
			 PYPROF_OK);
	none = fake_object(w.p, make_type(&w, "NoneType", 0), 64);
#define ROW(name_, value_, withheld_)                                                    \
	do {                                                                             \
		rows[n].name = (name_);                                                  \
		rows[n].value = (value_);                                                \
		rows[n++].withheld = (withheld_);                                        \
	} while (0)
	ROW("password", fake_name(w.p, "x"), true);
	ROW("password", fake_int(w.p, 1234), true);
	ROW("password", fake_name(w.p, ""), false);
	ROW("password", none, false);
	ROW("key", fake_name(w.p, "x"), true);
	ROW("KEY2", fake_name(w.p, "x"), true);
	ROW("key", fake_name(w.p, ""), false);
	ROW("key", fake_int(w.p, 5), false);
	ROW("key", none, false);
	ROW("primary_key", fake_name(w.p, "id"), false);
	ROW("primary_key", fake_int(w.p, 5), false);
	ROW("some_key", fake_name(w.p, "0123456789abcdef"), true);
	ROW("some_key", fake_name(w.p, "0123456789abcde"), false);
	ROW("keys", fake_name(w.p, "0123456789abcdef"), false);
	ROW("password", FAKE_NOWHERE, true);
	for (size_t i = 0; i < n; i++) {
		items[0] = (struct fake_item){ fake_name(w.p, rows[i].name), rows[i].value };
		read_value(&w, fake_dict(w.p, items, 1, 1));
		if ((strstr(str_cstr(&w.text), "<redacted>") != NULL) != rows[i].withheld)
			fail_msg("%zu: %s: %s", i, rows[i].name, str_cstr(&w.text));
	}
	/* A list of the user's own is taken as it is. */
	regex_destroy(w.redact_text);
	w.redact_text = NULL;
	items[0] = (struct fake_item){ fake_name(w.p, "password"), none };
	says(&w, fake_dict(w.p, items, 1, 1), "{'password': <redacted>}", PY_VALUE_REDACTED);
	end(&w);
}

/* ---- types that lie ----------------------------------------------------------------------------- */

static void test_garbage(void **state)
{
	struct world w;
	uint64_t type;

	(void)state;
	begin(&w, "3.8", PY_HEX(3, 8, 0));
	says(&w, 0, "<NULL>", PY_VALUE_UNREADABLE);
	says(&w, FAKE_NOWHERE, "<unreadable>", PY_VALUE_UNREADABLE);
	says(&w, FAKE_HEAP + 3, "<unreadable>", PY_VALUE_UNREADABLE);
	says(&w, fake_object(w.p, FAKE_NOWHERE, 64), "<unreadable>", PY_VALUE_UNREADABLE);
	/* What is called "float" but has an int for its type. */
	type = make_type(&w, "float", 0);
	fake_word(&w.p->memory, type + w.p->rt.layout.object.ob_type, w.integer);
	says(&w, fake_object(w.p, type, 64), "<unreadable>", PY_VALUE_UNREADABLE);
	type = make_type(&w, "bad\x1b[2Jname\xff", 0);
	read_value(&w, fake_object(w.p, type, 64));
	assert_null(strchr(str_cstr(&w.text), '\x1b'));
	/* Bases in a circle. */
	type = make_type(&w, "round", 0);
	fake_word(&w.p->memory, type + w.p->rt.layout.value.type_base, type);
	read_value(&w, fake_object(w.p, type, 64));
	end(&w);
}

static void test_limits(void **state)
{
	struct world w;
	uint64_t items[100];

	(void)state;
	begin(&w, "3.8", PY_HEX(3, 8, 0));
	for (size_t i = 0; i < 100; i++)
		items[i] = fake_name(w.p, "twenty characters or so");
	w.limits.width = 100;
	w.limits.bytes = 100;
	read_value(&w, make_list(&w, items, 100, 100));
	assert_int_equal(w.flags, PY_VALUE_CUT);
	w.limits.bytes = 100000;
	w.limits.reads = 30;
	read_value(&w, make_list(&w, items, 100, 100));
	assert_true(w.flags & PY_VALUE_CUT);
	w.limits.bytes = 0;
	w.limits = (struct py_value_limits){ .bytes = 16 };
	read_value(&w, make_list(&w, items, 100, 100));
	assert_true(w.flags & PY_VALUE_CUT);
	end(&w);
}

/* ---- names that are withheld ---------------------------------------------------------------------- */

static void test_names(void **state)
{
	static const char *const hidden[] = {
		"password", "PASSWORD", "db_password", "userPassword", "passwd", "pwd", "secret",
		"client_secret", "clientSecret", "SECRET_KEY", "token", "AUTH_TOKEN", "accessToken",
		"accesstoken", "api_key", "apikey", "apiKey", "X-API-Key", "private_key",
		"oauth", "OAUTH_VERIFIER", "csrf", "csrf_cookie", "pin", "user_pin", "ssn",
		"signature", "bearer", "ssh_key", "signingKey", "aws_secret_access_key", "authorization", "Authorization", "auth",
		"credentials", "cookie", "Set-Cookie", "session_key", "sessionid", "passphrase",
	};
	static const char *const shown[] = {
		"monkey", "keyboard", "author", "authors", "tokenize", "tokenizer", "bypass",
		"compass", "passenger", "keyword", "hockey", "turkey", "secretary", "x", "",
		"session", "authority", "key", "KEY", "key2", "keys", "_fd_to_key", "primary_key",
		"key_count", "spin", "pinned", "opinion", "author_id", "cookiecutter", "passed", "donkey", "crediting",
	};
	struct py_values values = { 0 };

	(void)state;
	assert_int_equal(regex_create(&values.redact, py_value_redact_default, "", NULL),
			 PYPROF_OK);
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
		if (!py_value_withheld(&values, hidden[i], strlen(hidden[i])))
			fail_msg("%s is shown", hidden[i]);
	}
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		if (py_value_withheld(&values, shown[i], strlen(shown[i])))
			fail_msg("%s is withheld", shown[i]);
	}
	regex_destroy(values.redact);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_floats),	  cmocka_unit_test(test_ints),
		cmocka_unit_test(test_texts),	  cmocka_unit_test(test_gigabyte),
		cmocka_unit_test(test_passwords), cmocka_unit_test(test_lists),
		cmocka_unit_test(test_deep), cmocka_unit_test(test_weak_names),	  cmocka_unit_test(test_dicts),
		cmocka_unit_test(test_garbage),	  cmocka_unit_test(test_limits),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
