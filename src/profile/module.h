/* SPDX-License-Identifier: MIT */
/* Which module a file belongs to, by its name alone. Pure. */
#ifndef PYPROF_PROFILE_MODULE_H
#define PYPROF_PROFILE_MODULE_H

#include "base/str.h"

/*
 * The module of a file, appended: "flask" for
 * /srv/venv/lib/python3.12/site-packages/flask/app.py, the top-level package or module. Own
 * code mostly is one package, so there it is two steps of the path, "shop/views", counted
 * from `cwd` (may be NULL) or, where the file is not below it, from the file's folder.
 */
void module_of_file(struct str *out, const char *file, const char *cwd);

/* What follows the last "/site-packages/" or "/dist-packages/"; NULL where there is none. */
const char *module_after_library(const char *file);

/* What follows "lib/pythonX.Y/", or the like of lib64 and .zip; NULL where it is not there. */
const char *module_after_stdlib(const char *file);

/* "importlib._bootstrap>" of "<frozen importlib._bootstrap>", NULL where it is none. */
const char *module_after_frozen(const char *file);

enum module_kind {
	MODULE_OWN,	 /* the program's own code */
	MODULE_LIBRARY,	 /* site-packages, dist-packages */
	MODULE_STANDARD, /* the standard library, frozen modules */
	MODULE_NATIVE,	 /* compiled code: a shared object, a source of C, C++, Rust… */
	MODULE_KERNEL,
	MODULE_KINDS,
};

/*
 * Whose code a function is: by its file, whole as in co_filename, and for what other tools
 * recorded by the marks that perf's scripts leave on a name: "do_syscall_64_[k]".
 */
enum module_kind module_kind(const char *file, const char *name);

#endif
