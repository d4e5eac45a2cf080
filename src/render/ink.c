/* SPDX-License-Identifier: MIT */
#include "render/ink.h"

static const char *const codes[INKS] = {
	[INK_NONE] = "",   [INK_DIM] = "2",  [INK_BOLD] = "1",
	[INK_MILD] = "32", [INK_WARM] = "33", [INK_HOT] = "31", [INK_LESS] = "36",
};

void ink_on(struct str *out, enum ink ink)
{
	if (ink != INK_NONE)
		str_printf(out, "\033[%sm", codes[ink]);
}

void ink_off(struct str *out, enum ink ink)
{
	if (ink != INK_NONE)
		str_add_cstr(out, "\033[m");
}

enum ink ink_of_share(uint64_t part, uint64_t whole)
{
	if (!part)
		return INK_NONE;
	if (part >= whole / 2 + whole % 2)
		return INK_HOT;
	if (part >= whole / 5)
		return INK_WARM;
	return part >= whole / 20 ? INK_MILD : INK_NONE;
}
