/* SPDX-License-Identifier: MIT */
/*
 * malloc() and its kin, replaced by ones that count and can be told to fail; for one unit test a
 * program. Where a sanitizer has them they cannot be replaced: COUNTED is 0, and the test skips.
 */
#ifndef PYPROF_TESTS_SUPPORT_COUNTED_MALLOC_H
#define PYPROF_TESTS_SUPPORT_COUNTED_MALLOC_H

#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer) || !defined(__GLIBC__)
#define COUNTED 0
#else
#define COUNTED 1
#endif

static size_t n_allocations; /* calls that asked for memory */
static size_t fail_from = SIZE_MAX, fail_to = SIZE_MAX; /* those in between fail */
static size_t live __attribute__((unused)), peak __attribute__((unused)); /* bytes */

/* The allocation of this number fails, and no other. */
static inline void fail_only(size_t number)
{
	fail_from = number;
	fail_to = number + 1;
}

static inline void fail_never(void)
{
	fail_from = fail_to = SIZE_MAX;
}

#if COUNTED
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void __libc_free(void *p);

static bool may_allocate(void)
{
	size_t n = n_allocations++;

	if (n < fail_from || n >= fail_to)
		return true;
	errno = ENOMEM;
	return false;
}

static void *took(void *p)
{
	live += malloc_usable_size(p);
	if (peak < live)
		peak = live;
	return p;
}

/* For the C library's own calls as well: strdup(). */
#pragma GCC visibility push(default)
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name,misc-definitions-in-headers) */
void *malloc(size_t size)
{
	return may_allocate() ? took(__libc_malloc(size)) : NULL;
}

void *calloc(size_t n, size_t size)
{
	return may_allocate() ? took(__libc_calloc(n, size)) : NULL;
}

void *realloc(void *p, size_t size)
{
	if (!may_allocate())
		return NULL;
	live -= malloc_usable_size(p);
	return took(__libc_realloc(p, size));
}

void free(void *p)
{
	live -= malloc_usable_size(p);
	__libc_free(p);
}
/* NOLINTEND(readability-inconsistent-declaration-parameter-name,misc-definitions-in-headers) */
#pragma GCC visibility pop
#endif

#endif
