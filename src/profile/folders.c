/* SPDX-License-Identifier: MIT */
#include "profile/folders.h"

#include <stdlib.h>
#include <string.h>

bool folders_add(struct folders *folders, enum side side, const char *path, const char *shown)
{
	(void)folders;
	(void)side;
	(void)path;
	(void)shown;
	return true;
}

bool folders_find(struct folders *folders)
{
	(void)folders;
	return true;
}

const char *folders_cut(const struct folders *folders, enum side side, const char *shown)
{
	size_t len = folders->len[side];

	return len && !strncmp(shown, folders->folder[side], len) ? shown + len : shown;
}

void folders_deinit(struct folders *folders)
{
	free(folders->files);
	map_deinit(&folders->map);
	*folders = (struct folders){ 0 };
}
