/* SPDX-License-Identifier: MIT */
#include "format/stack.h"

#include <stdlib.h>

#include "base/array.h"

bool stack_of(struct stack *stack, const struct profile *profile, uint32_t node)
{
	const struct profile_node *nodes = profile->nodes;
	size_t depth = 0, i;

	for (uint32_t at = node; at != PROFILE_ROOT; at = nodes[at].parent)
		depth++;
	if (depth > stack->cap && !array_reserve((void **)&stack->locations, &stack->cap, depth,
						 sizeof(*stack->locations)))
		return false;
	i = stack->n = depth;
	for (uint32_t at = node; at != PROFILE_ROOT; at = nodes[at].parent)
		stack->locations[--i] = nodes[at].location;
	return true;
}

void stack_deinit(struct stack *stack)
{
	free(stack->locations);
	*stack = (struct stack)STACK_INIT;
}
