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

#include "diff/glob.h"
#include "diff/rules.h"
#include "support/counted_malloc.h"

static bool glob(const char *pattern, const char *text)
{
	const struct glob_piece piece = { text, strlen(text), false };

	return glob_matches(pattern, &piece, 1);
}

static void test_glob(void **state)
{
	(void)state;
	assert_true(glob("", ""));
	assert_false(glob("", "a"));
	assert_false(glob("a", ""));
	assert_true(glob("*", ""));
	assert_true(glob("json.*", "json.decoder.scan"));
	assert_false(glob("json.*", "ujson.scan"));
	assert_true(glob("*.scan", "json.decoder.scan"));
	assert_true(glob("a*b*c", "axxbxxbxc"));
	assert_false(glob("a*b*c", "axxbxxbx"));
	assert_true(glob("**a**", "a"));
	assert_true(glob("?", "\303\244")); /* a character, not a byte */
	assert_false(glob("?", ""));
	assert_false(glob("??", "\303\244"));
	assert_true(glob("[a-c]x", "bx"));
	assert_false(glob("[a-c]x", "dx"));
	assert_true(glob("[!a-c]x", "dx"));
	assert_false(glob("[^a-c]x", "ax"));
	assert_true(glob("[]]", "]"));
	assert_true(glob("[a-]", "-"));
	assert_true(glob("[\\]]", "]"));
	assert_true(glob("[A-\\]]x", "Zx"));
	assert_true(glob("[A-\\]]x", "]x"));
	assert_false(glob("[A-\\]]x", "\\]x"));
	assert_true(glob("[", "["));
	assert_true(glob("a[b", "a[b"));
	assert_true(glob("\\*", "*"));
	assert_false(glob("\\*", "a"));
	assert_true(glob("\\", "\\"));
	assert_true(glob("*[ab]?", "xxay"));
}

static void test_glob_of_pieces(void **state)
{
	const struct glob_piece pieces[] = { { "shop/app", 8, true },
					     { "", 0, false },
					     { ".", 1, false },
					     { "a/b", 3, false } };
	const struct glob_piece cut[] = { { "\303", 1, false }, { "\244", 1, false } };

	(void)state;
	assert_true(glob_matches("shop.app.a/b", pieces, 4));
	assert_true(glob_matches("shop.*b", pieces, 4));
	assert_true(glob_matches("*p.a/?", pieces, 4));
	assert_false(glob_matches("shop/app*", pieces, 4));
	assert_false(glob_matches("*a.b", pieces, 4));
	assert_false(glob_matches("?", cut, 2));
	assert_true(glob_matches("", pieces, 0));
}

/* A pattern and a name that would take for ever by trying everything. */
static void test_glob_is_quick(void **state)
{
	static char name[100001], pattern[801];

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	for (size_t i = 0; i < 400; i++)
		memcpy(pattern + 2 * i, "*a", 2);
	pattern[799] = 'b';
	assert_false(glob(pattern, name));
}

static void test_options(void **state)
{
	struct rules rules = { 0 };
	const struct rule *rule;

	(void)state;
	assert_int_equal(rules_fail_on(&rules, "5%", NULL), PYPROF_OK);
	assert_true(rules.fail_on == 0.05);
	assert_int_equal(rules_fail_on(&rules, "+7%", NULL), PYPROF_OK);
	assert_true(rules.fail_on == 0.07);
	assert_int_equal(rules_fail_on(&rules, "0.3%", NULL), PYPROF_OK);
	assert_true(rules.fail_on == 0.003);
	assert_int_equal(rules_fail_on_function(&rules, "app.parse=3%", NULL), PYPROF_OK);
	assert_int_equal(rules_fail_on_function(&rules, "a=b=200ms", NULL), PYPROF_OK);
	assert_int_equal(rules_allow(&rules, "Cache.*", NULL), PYPROF_OK);
	assert_int_equal(rules.n, 3);
	rule = rules_find(&rules, RULE_FUNCTION, "app.parse", NULL);
	assert_ptr_equal(rule, &rules.items[0]);
	assert_true(rule->limit == 0.03);
	assert_false(rule->absolute);
	assert_string_equal(rule->from, "--fail-on-function");
	rule = rules_find(&rules, RULE_FUNCTION, "a=b", "x.py");
	assert_ptr_equal(rule, &rules.items[1]);
	assert_true(rule->limit == 0.2);
	assert_true(rule->absolute);
	assert_true(rule->seconds);
	assert_ptr_equal(rules_find(&rules, RULE_ALLOW, "Cache.warm_up", "x.py"), &rules.items[2]);
	assert_null(rules_find(&rules, RULE_FUNCTION, "Cache.warm_up", "x.py"));
	rules_deinit(&rules);
}

static void refused(enum pyprof_status (*take)(struct rules *, const char *, struct pyprof_error *),
		    const char *text, const char *says)
{
	struct rules rules = { .fail_on = 0.5 };
	struct pyprof_error err;

	assert_int_equal(take(&rules, text, &err), PYPROF_ERR_USAGE);
	if (!strstr(err.message, says))
		fail_msg("'%s': %s", text, err.message);
	assert_true(rules.fail_on == 0.5);
	assert_int_equal(rules.n, 0);
	rules_deinit(&rules);
}

static void test_options_refused(void **state)
{
	struct rules rules = { 0 };
	char longest[1100];

	(void)state;
	refused(rules_fail_on, "0.05", "--fail-on: '0.05' is no limit: it is a number without a unit");
	refused(rules_fail_on, "", "it is empty");
	refused(rules_fail_on, "%", "does not begin with a number");
	refused(rules_fail_on, ".%", "does not begin with a number");
	refused(rules_fail_on, "-5%", "it is below 0");
	refused(rules_fail_on, "0%", "it is not above 0");
	refused(rules_fail_on, "0.000%", "it is not above 0");
	refused(rules_fail_on, "5 %", "its unit is not known");
	refused(rules_fail_on, "5%%", "its unit is not known");
	refused(rules_fail_on, "1.2.3%", "its unit is not known");
	refused(rules_fail_on, "1e3%", "its unit is not known");
	refused(rules_fail_on, "inf%", "does not begin with a number");
	refused(rules_fail_on, "0x5%", "its unit is not known");
	refused(rules_fail_on, "1234567890123456%", "more than 15 digits");
	refused(rules_fail_on, "200ms", "so it is a share");
	refused(rules_fail_on_function, "app.parse", "is not NAME=LIMIT");
	refused(rules_fail_on_function, "=3%", "is not NAME=LIMIT");
	refused(rules_fail_on_function, "a=", "it is empty");
	refused(rules_fail_on_function, "a=3", "--fail-on-function: '3' is no limit");
	refused(rules_allow, "", "names nothing");
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(rules_allow(&rules, longest + 99, NULL), PYPROF_OK);
	rules_deinit(&rules);
	refused(rules_allow, longest + 98, "more than 1000 bytes");
	refused(rules_allow, longest, "more than 1000 bytes");
	memcpy(longest + sizeof(longest) - 4, "=3%", 3);
	refused(rules_fail_on_function, longest, "more than 1000 bytes");
}

static enum pyprof_status read_text(struct rules *rules, const char *text, struct pyprof_error *err)
{
	return rules_read_budget_text(rules, "budget.txt", text, strlen(text), err);
}

static void test_budget(void **state)
{
	static const char text[] = "\357\273\277# the budget\r\n"
				   "total    5%\r\n"
				   "\ttotal 2.5s # CPU\n"
				   "\n"
				   "function app.parse 3%\n"
				   "function json.* 200ms\n"
				   "function <method 'x#y' of z> 10us\n"
				   "module   shop/my views 10%\n"
				   "allow Cache.warm_up\n"
				   "module big 1.5M\n"
				   "module small 7count\n"
				   "total 2min";
	static const struct rule wanted[] = {
		{ RULE_TOTAL, (char *)"", false, false, 0.05, (char *)"budget.txt:2" },
		{ RULE_TOTAL, (char *)"", true, true, 2.5, (char *)"budget.txt:3" },
		{ RULE_FUNCTION, (char *)"app.parse", false, false, 0.03, (char *)"budget.txt:5" },
		{ RULE_FUNCTION, (char *)"json.*", true, true, 0.2, (char *)"budget.txt:6" },
		{ RULE_FUNCTION, (char *)"<method 'x#y' of z>", true, true, 1e-5,
		  (char *)"budget.txt:7" },
		{ RULE_MODULE, (char *)"shop/my views", false, false, 0.1, (char *)"budget.txt:8" },
		{ RULE_ALLOW, (char *)"Cache.warm_up", false, false, 0, (char *)"budget.txt:9" },
		{ RULE_MODULE, (char *)"big", true, false, 1.5e6, (char *)"budget.txt:10" },
		{ RULE_MODULE, (char *)"small", true, false, 7, (char *)"budget.txt:11" },
		{ RULE_TOTAL, (char *)"", true, true, 120, (char *)"budget.txt:12" },
	};
	struct rules rules = { 0 };

	(void)state;
	assert_int_equal(read_text(&rules, text, NULL), PYPROF_OK);
	assert_int_equal(rules.n, sizeof(wanted) / sizeof(wanted[0]));
	for (size_t i = 0; i < rules.n; i++) {
		assert_int_equal(rules.items[i].of, wanted[i].of);
		assert_string_equal(rules.items[i].pattern, wanted[i].pattern);
		assert_string_equal(rules.items[i].from, wanted[i].from);
		assert_int_equal(rules.items[i].absolute, wanted[i].absolute);
		assert_int_equal(rules.items[i].seconds, wanted[i].seconds);
		assert_true(rules.items[i].limit == wanted[i].limit);
	}
	assert_ptr_equal(rules_find(&rules, RULE_TOTAL, "", NULL), &rules.items[0]);
	assert_ptr_equal(rules_find_limit(&rules, RULE_TOTAL, true, "", NULL), &rules.items[1]);
	assert_ptr_equal(rules_find_limit(&rules, RULE_TOTAL, false, "", NULL), &rules.items[0]);
	assert_null(rules_find_limit(&rules, RULE_MODULE, true, "shop/my views", NULL));
	rules_deinit(&rules);
}

static void budget_refused(const char *text, const char *says, const char *hint)
{
	struct rules rules = { 0 };
	struct pyprof_error err;

	assert_int_equal(rules_allow(&rules, "x", NULL), PYPROF_OK);
	assert_int_equal(read_text(&rules, text, &err), PYPROF_ERR_USAGE);
	assert_string_equal(err.message, says);
	if (!strstr(err.hint, hint))
		fail_msg("'%s': %s", text, err.hint);
	assert_int_equal(rules.n, 1);
	rules_deinit(&rules);
}

static void test_budget_refused(void **state)
{
	struct rules rules = { 0 };
	struct pyprof_error err;

	(void)state;
	budget_refused("total 5%\nfunc a 3%\n", "budget.txt:2: 'func' is no kind of limit",
		       "function NAME LIMIT");
	budget_refused("\n\ntotal\n", "budget.txt:3: total has no limit", "total LIMIT");
	budget_refused("total a 5%", "budget.txt:1: total has a name: 'a'", "total LIMIT");
	budget_refused("function 5%", "budget.txt:1: function has no name", "function NAME LIMIT");
	budget_refused("module", "budget.txt:1: module has no limit", "module NAME LIMIT");
	budget_refused("function a", "budget.txt:1: 'a' is no limit: it does not begin with a number",
		       "5%");
	budget_refused("function a 0.03", "budget.txt:1: '0.03' is no limit: it is a number without "
					  "a unit", "200ms");
	budget_refused("function a 3 %", "budget.txt:1: '%' is no limit: it does not begin with a "
					 "number", "5%");
	budget_refused("allow", "budget.txt:1: allow has no name", "allow NAME");
	budget_refused("allow # x", "budget.txt:1: allow has no name", "allow NAME");
	assert_int_equal(rules_read_budget_text(&rules, "b", "total 5%\0x", 10, &err),
			 PYPROF_ERR_USAGE);
	assert_string_equal(err.message, "b:1: it has a NUL byte: is it text?");
	assert_int_equal(rules.n, 0);
	rules_deinit(&rules);
}

static void test_files(void **state)
{
	char path[] = "/tmp/pyprof-rules-XXXXXX";
	int fd = mkstemp(path);
	struct rules rules = { 0 };
	struct pyprof_error err;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "total 5%\n", 9), 9);
	assert_int_equal(rules_read_budget(&rules, path, &err), PYPROF_OK);
	assert_int_equal(rules.n, 1);
	assert_int_equal(ftruncate(fd, RULES_BUDGET_MAX + 1), 0);
	assert_int_equal(rules_read_budget(&rules, path, &err), PYPROF_ERR_LIMIT);
	assert_non_null(strstr(err.message, path));
	close(fd);
	unlink(path);
	assert_int_equal(rules_read_budget(&rules, path, &err), PYPROF_ERR_IO);
	assert_non_null(strstr(err.message, "No such file"));
	assert_int_equal(rules_read_budget(&rules, "/tmp", &err), PYPROF_ERR_IO);
	assert_int_equal(rules.n, 1);
	rules_deinit(&rules);
}

static bool fits(const char *pattern, const char *name, const char *file)
{
	struct rules rules = { 0 };
	bool found;

	assert_int_equal(rules_allow(&rules, pattern, NULL), PYPROF_OK);
	found = rules_find(&rules, RULE_ALLOW, name, file) != NULL;
	rules_deinit(&rules);
	return found;
}

static void test_names(void **state)
{
	(void)state;
	assert_true(fits("parse", "parse", NULL));
	assert_true(fits("parse", "parse", ""));
	assert_true(fits("parse", "parse", "shop/app.py"));
	assert_true(fits("parse (shop/app.py)", "parse", "shop/app.py"));
	assert_false(fits("parse (app.py)", "parse", "shop/app.py"));
	assert_true(fits("shop.app.parse", "parse", "shop/app.py"));
	assert_true(fits("shop.app.parse", "parse", "/shop/app.py"));
	assert_true(fits("app.parse", "parse", "shop/app.py"));
	assert_false(fits("pp.parse", "parse", "shop/app.py"));
	assert_false(fits(".parse", "parse", "shop/app.py"));
	assert_false(fits("x.shop.app.parse", "parse", "shop/app.py"));
	assert_true(fits("shop.Cart.add", "Cart.add", "shop/__init__.py"));
	assert_false(fits("add", "Cart.add", "shop/__init__.py"));
	assert_true(fits("importlib._bootstrap._find", "_find", "<frozen importlib._bootstrap>"));
	assert_true(fits("_bootstrap._find", "_find", "<frozen importlib._bootstrap>"));
	assert_true(fits("json.*", "JSONDecoder.decode", "json/decoder.py"));
	assert_false(fits("json.*", "JSONDecoder.decode", "ujson/decoder.py"));
	assert_false(fits("json.*", "load", NULL));
	assert_false(fits("json.*", "load", ""));
	assert_false(fits("* ()", "load", ""));
	assert_false(fits("parse (x)", "parse", "yy"));
	assert_false(fits("parse [x)", "parse", "x"));
	assert_false(fits("xparse", "parse", "x.py"));
	assert_false(fits("toolong.parse", "parse", "g.py"));
	assert_true(fits("g.parse", "parse", "g.py"));
	assert_true(fits("* (json/*)", "JSONDecoder.decode", "json/decoder.py"));
	assert_true(fits("Cart.*", "Cart.add", "a.py"));
	/* A name that looks like a glob is a name first. */
	assert_true(fits("do_syscall_64_[k]", "do_syscall_64_[k]", ""));
	assert_true(fits("f[0-9]", "f3", ""));
	assert_true(fits("<lambda>", "<lambda>", "a.py"));
}

static void test_the_first_counts(void **state)
{
	struct rules rules = { 0 };

	(void)state;
	assert_int_equal(read_text(&rules, "function json.loads 50%\nfunction json.* 5%\n", NULL),
			 PYPROF_OK);
	assert_true(rules_find(&rules, RULE_FUNCTION, "json.loads", NULL)->limit == 0.5);
	assert_true(rules_find(&rules, RULE_FUNCTION, "json.load", NULL)->limit == 0.05);
	assert_null(rules_find(&rules, RULE_MODULE, "json.load", NULL));
	rules_deinit(&rules);
}

static void test_no_memory(void **state)
{
	static const char text[] = "total 5%\nfunction a.b 3%\nallow c\nmodule d 1s\n";
	bool done = false;

	(void)state;
	if (!COUNTED)
		skip();
	for (size_t n = 0; !done; n++) {
		struct rules rules = { 0 };
		struct pyprof_error err;
		enum pyprof_status status;
		size_t before = rules.n;

		n_allocations = 0;
		fail_only(n);
		status = rules_allow(&rules, "x", &err);
		if (!status) {
			before = rules.n;
			status = read_text(&rules, text, &err);
		}
		fail_never();
		done = !status;
		assert_true(done || status == PYPROF_ERR_NOMEM);
		assert_int_equal(rules.n, done ? 5 : before);
		rules_deinit(&rules);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_glob),
		cmocka_unit_test(test_glob_of_pieces),
		cmocka_unit_test(test_glob_is_quick),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_options_refused),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_budget_refused),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_the_first_counts),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
