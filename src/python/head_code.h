/* SPDX-License-Identifier: MIT */
/*
 * Where CPython to 3.6 keeps the head of its list of interpreters, read off the machine code of
 * PyInterpreterState_Head(), which is exported and does nothing but return that variable; the
 * variable itself is a local symbol, which strip(1) takes away.
 */
#ifndef PYPROF_PYTHON_HEAD_CODE_H
#define PYPROF_PYTHON_HEAD_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PY_HEAD_CODE_MAX 32 /* bytes of the function that are looked at */

/*
 * The address that the first load in the `len` bytes of code at `addr` reads from. `machine` is
 * the ELF header's: EM_X86_64 or EM_AARCH64; false for others and where there is no such load.
 */
bool py_head_code(const uint8_t *code, size_t len, uint64_t addr, uint16_t machine,
		  uint64_t *at);

#endif
