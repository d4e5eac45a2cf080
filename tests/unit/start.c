/* SPDX-License-Identifier: MIT */
#include "diff/start.h"

#include "support/made_runs.h"

#define FIND "_find_and_load (<frozen importlib._bootstrap>:1022)"
#define RUN  "_run_module_as_main (<frozen runpy>:65)"

/* One stack to a profile, so that what is at its end is the last node. */
static bool is_start(const char *stack)
{
	struct profile *p = made_profile(stack);
	bool *start = malloc(p->n_nodes), is;

	if (!start)
		abort();
	assert_true(start_mark(p, start));
	assert_false(start[PROFILE_ROOT]);
	is = start[p->n_nodes - 1];
	free(start);
	profile_destroy(p);
	return is;
}

static void what_python_imports_as_it_starts(void **state)
{
	static const char *const stacks[] = {
		"_install (<frozen importlib._bootstrap>:1170) 1\n",
		FIND " 1\n",
		FIND ";get_code (<frozen importlib._bootstrap_external>:9) 1\n",
		FIND ";<module> (<frozen site>:1);main (<frozen site>:600) 1\n",
		FIND ";<module> (/usr/lib/python3.8/site.py:1);abs_paths (/usr/lib/python3.8/site.py:9) 1\n",
		/* As other tools shorten it. */
		FIND ";<module> (site.py:1) 1\n",
		/* What a .pth file says, and whatever that imports. */
		FIND ";<module> (<frozen site>:1);addpackage (<frozen site>:9);<module> (<string>:1);" FIND
		     ";<module> (/srv/app.py:1) 1\n",
		FIND ";<module> (/usr/lib/python3.6/encodings/__init__.py:1) 1\n",
		FIND ";<module> (/opt/lib64/python3.6/_bootlocale.py:1) 1\n",
		FIND ";<module> (<frozen io>:1) 1\n",
		"search_function (/usr/lib/python3.6/encodings/__init__.py:70) 1\n",
		"__init__ (<frozen zipimport>:64) 1\n",
		/* 2.7, whose imports have no frames. */
		"<module> (/usr/lib/python2.7/site.py:1);main (/usr/lib/python2.7/site.py:9) 1\n",
		"<module> (/usr/lib/python2.7/runpy.py:1);<module> (/usr/lib/python2.7/pkgutil.py:1) 1\n",
		/* Told what to warn of: -W. */
		"<module> (/usr/lib/python2.7/warnings.py:1);<module> (/usr/lib/python2.7/re.py:1) 1\n",
		FIND ";<module> (/usr/lib/python3.6/warnings.py:1) 1\n",
		"<module> (<frozen getpath>:1) 1\n",
		/* Shown by process and thread. */
		"process 7 (python);thread 7 (python);" FIND ";<module> (<frozen site>:1) 1\n",
		"__init__ (/usr/lib/python3.6/codecs.py:309) 1\n",
		/* Looking for what -m names. */
		"_run_module_as_main (/usr/lib/python2.7/runpy.py:163);find_loader (/usr/lib/python2.7/pkgutil.py:9);"
		"realpath (/usr/lib/python2.7/posixpath.py:383) 1\n",
		FIND ";<module> (<frozen runpy>:1);" FIND ";<module> (/usr/lib/python3.9/types.py:1) 1\n",
		FIND ";<module> (/usr/lib/python3.8/runpy.py:1);" FIND " 1\n",
		"_run_module_as_main (/usr/lib/python2.7/runpy.py:163);"
		"get_code (/usr/lib/python2.7/pkgutil.py:281) 1\n",
		RUN " 1\n",
		RUN ";_run_code (<frozen runpy>:80) 1\n",
		RUN ";_run_code (<frozen runpy>:80);cached (<frozen importlib._bootstrap>:399);"
		    "_get_cached (<frozen importlib._bootstrap_external>:9) 1\n",
		RUN ";_get_module_details (<frozen runpy>:105);find_spec (<frozen importlib.util>:7) 1\n",
		"_run_module_as_main (/usr/lib/python3.8/runpy.py:65);"
		"find_spec (/usr/lib/python3.8/importlib/util.py:7) 1\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(stacks); i++)
		if (!is_start(stacks[i]))
			fail_msg("it is of the start: %s", stacks[i]);
}

static void what_the_program_does(void **state)
{
	static const char *const stacks[] = {
		"<module> (/srv/app.py:1) 1\n",
		/* What it imports lies below it. */
		"<module> (/srv/app.py:1);" FIND " 1\n",
		"<module> (/srv/app.py:1);" FIND ";<module> (<frozen site>:1) 1\n",
		"<module> (/srv/app.py:1);" FIND ";<module> (/usr/lib/python3.8/encodings/hex.py:1) 1\n",
		RUN ";_run_code (<frozen runpy>:80);<module> (/srv/app/__main__.py:1) 1\n",
		RUN ";_get_module_details (<frozen runpy>:105);" FIND ";<module> (/srv/app/__init__.py:1) 1\n",
		RUN ";_get_module_details (<frozen runpy>:105);" FIND
		    ";<module> (/srv/app/encodings/__init__.py:1) 1\n",
		RUN ";_run_code (<frozen runpy>:80);<module> (/srv/app/encodings/hex.py:1) 1\n",
		RUN ";_run_code (<frozen runpy>:80);<module> (<frozen runpy>:1);f (/srv/app.py:1) 1\n",
		RUN ";_run_code (<frozen runpy>:80);<module> (<frozen site>:1) 1\n",
		"_run_module_as_main (/usr/lib/python2.7/runpy.py:163);_run_code (/usr/lib/python2.7/runpy.py:80);"
		"<module> (io.py:1) 1\n",
		"thread 7 (python);<module> (/srv/app.py:1);" FIND " 1\n",
		"thread 7 (python) 1\n",
		FIND ";find_spec (/usr/lib/python3.9/site-packages/hook.py:1) 1\n",
		"realpath (/usr/lib/python2.7/posixpath.py:383) 1\n",
		/* A program in C that imports its Python. */
		FIND ";<module> (/srv/wsgi.py:1);f (/srv/wsgi.py:9) 1\n",
		FIND ";<module> (/srv/website.py:1) 1\n",
		FIND ";<module> (/srv/iot.py:1) 1\n",
		FIND ";<module> (/srv/myencodings/a.py:1) 1\n",
		FIND ";<module> (/usr/lib/python3.8/site-packages/a/encodings/b.py:1) 1\n",
		"<module> (/srv/lib/python3.12/site-packages/a/encodings/b.py:1) 1\n",
		"decode (/usr/lib/python3.12/encodings/cp1252.py:1) 1\n",
		"import_module (/usr/lib/python3.12/importlib/__init__.py:1) 1\n",
		/* Its own files of such names, and what is called without the program. */
		"<module> (site.py:1);f (site.py:2) 1\n",
		"<module> (runpy.py:1);f (runpy.py:2) 1\n",
		"<module> (pkgutil.py:1);f (pkgutil.py:2) 1\n",
		"<module> (/srv/io.py:1);f (/srv/io.py:2) 1\n",
		"<module> (/srv/encodings/run.py:1) 1\n",
		"getsitepackages (/usr/lib/python3.8/site.py:1) 1\n",
		"_shutdown (/usr/lib/python3.8/threading.py:1) 1\n",
		"_bootstrap (/usr/lib/python3.8/threading.py:1) 1\n",
		"f 1\n",
		"f (importlib:1) 1\n",
		"f (<frozen importlibs.x>:1) 1\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(stacks); i++)
		if (is_start(stacks[i]))
			fail_msg("it is not of the start: %s", stacks[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_python_imports_as_it_starts),
		cmocka_unit_test(what_the_program_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
