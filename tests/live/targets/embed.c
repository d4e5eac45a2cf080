/* SPDX-License-Identifier: MIT */
/*
 * A program that is not called python and runs one: it starts the interpreter, a thread state of
 * its own and a subinterpreter, and waits in Python for the end of its standard input.
 */
#include <Python.h>

static const char source[] = "import sys\n"
			     "def waits_embedded():\n"
			     "    sys.stdin.read()\n"
			     "sys.stdout.write('ready\\n')\n"
			     "sys.stdout.flush()\n"
			     "waits_embedded()\n";

int main(void)
{
	int failed;

	Py_Initialize();
	failed = PyRun_SimpleString(source);
	Py_Finalize();
	return failed ? 1 : 0;
}
