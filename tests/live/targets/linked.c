/* SPDX-License-Identifier: MIT */
/*
 * A program with CPython inside, in the state that its argument names: "never" (not started),
 * "idle" (started; C works on, no thread is in Python), "spins" (in Python). Says "ready".
 */
#include <Python.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "never";

	setvbuf(stdout, NULL, _IONBF, 0);
	if (strcmp(how, "never") != 0) {
		/* site would load extension modules, which may bring a libpython of their own. */
		Py_NoSiteFlag = 1;
		Py_Initialize();
	}
	puts("ready");
	if (strcmp(how, "spins") == 0)
		return PyRun_SimpleString("def spins():\n    while True: pass\nspins()\n");
	if (strcmp(how, "idle") == 0)
		PyEval_SaveThread();
	for (;;)
		pause();
}
