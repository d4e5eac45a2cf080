/* SPDX-License-Identifier: MIT */
/*
 * Thread stacks as JSON lines, for tests to compare with what an interpreter says of itself:
 *   {"tid": 12, "name": "MainThread", "truncated": false, "frames": [["main", "a.py", 3], …]}
 * Frames stand root first. Strings are ASCII: everything else is \u escaped, as Python's
 * json.dumps does, lone surrogates included, so that equal texts are equal bytes.
 */
#ifndef PYPROF_TESTS_STACK_JSON_H
#define PYPROF_TESTS_STACK_JSON_H

#include <inttypes.h>

#include "base/str.h"
#include "libpyprof.h"

/* One code point of (generalised) UTF-8; invalid bytes give themselves. */
static inline uint32_t stack_json_code_point(const unsigned char **p)
{
	const unsigned char *s = *p;
	int n = s[0] >= 0xf0 ? 3 : s[0] >= 0xe0 ? 2 : s[0] >= 0xc0 ? 1 : 0;
	uint32_t c = n == 3 ? s[0] & 7 : n == 2 ? s[0] & 15 : n == 1 ? s[0] & 31 : s[0];

	for (int i = 1; i <= n; i++) {
		if ((s[i] & 0xc0) != 0x80) {
			*p = s + 1;
			return s[0];
		}
		c = c << 6 | (s[i] & 0x3f);
	}
	*p = s + n + 1;
	return c;
}

static inline void stack_json_string(struct str *out, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	str_add_char(out, '"');
	while (*p) {
		uint32_t c = stack_json_code_point(&p);

		if (c == '"' || c == '\\')
			str_printf(out, "\\%c", (char)c);
		else if (c >= '\b' && c <= '\r' && c != '\v')
			str_printf(out, "\\%c", "btn?fr"[c - '\b']);
		else if (c >= 0x10000)
			str_printf(out, "\\u%04x\\u%04x", 0xd7c0 + (c >> 10),
				   0xdc00 | (c & 0x3ff));
		else if (c < 0x20 || c > 0x7f)
			str_printf(out, "\\u%04x", c);
		else
			str_add_char(out, (char)c);
	}
	str_add_char(out, '"');
}

/* A pyprof_stack_fn: appends one line to the struct str at `arg`. */
static inline void stack_json_add(const struct pyprof_thread_stack *stack, void *arg)
{
	struct str *out = arg;

	str_printf(out, "{\"tid\": %" PRIu64 ", \"name\": ", stack->tid);
	stack_json_string(out, stack->name);
	str_printf(out, ", \"on_cpu\": %s, \"holds_gil\": %s, \"truncated\": %s",
		   stack->on_cpu ? "true" : "false", stack->holds_gil ? "true" : "false",
		   stack->truncated ? "true" : "false");
	if (stack->truncated)
		str_printf(out, ", \"cause\": \"%s\"", pyprof_cause_name(stack->cause));
	str_add_cstr(out, ", \"frames\": [");
	for (size_t i = 0; i < stack->n_frames; i++) {
		str_add_cstr(out, i ? ", [" : "[");
		stack_json_string(out, stack->frames[i].name);
		str_add_cstr(out, ", ");
		stack_json_string(out, stack->frames[i].file);
		str_printf(out, ", %d]", stack->frames[i].line);
	}
	str_add_cstr(out, "]}\n");
}

#endif
