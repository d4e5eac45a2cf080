/* SPDX-License-Identifier: MIT */
/* The frames of a stack in the order of the calls, for formats written from the profile itself. */
#ifndef PYPROF_FORMAT_STACK_H
#define PYPROF_FORMAT_STACK_H

#include "profile/profile.h"

struct stack {
	uint32_t *locations; /* n of them, root first */
	size_t n, cap;
};

#define STACK_INIT { 0 }

/* Makes it that of the node. False: no memory. */
bool stack_of(struct stack *stack, const struct profile *profile, uint32_t node);
void stack_deinit(struct stack *stack);

#endif
