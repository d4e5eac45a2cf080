/* SPDX-License-Identifier: MIT */
#include "diff/verdict_place.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "diff/verdict_words.h"
#include "render/text.h"

/* Appends an absolute path without ".", ".." and empty parts; "/" is nothing. */
static void add_normal(struct str *out, const char *path)
{
	while (*path) {
		size_t len;

		path += strspn(path, "/");
		len = strcspn(path, "/");
		if (len == 2 && !memcmp(path, "..", 2)) {
			while (out->len && out->data[--out->len] != '/')
				;
			if (out->data)
				out->data[out->len] = '\0';
		} else if (len && !(len == 1 && *path == '.')) {
			str_add_char(out, '/');
			str_add(out, path, len);
		}
		path += len;
	}
}

/* A copy for the caller to free; NULL: no memory. */
static char *normal(const char *path)
{
	_cleanup_(str_deinit) struct str out = STR_INIT;

	add_normal(&out, path);
	return str_take(&out);
}

enum pyprof_status place_root_init(struct place_root *root, const char *folder,
				   struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str path = STR_INIT;
	_cleanup_free_ char *here = NULL, *real = NULL;

	*root = (struct place_root){ 0 };
	errno = 0;
	if (!folder || *folder != '/') {
		here = realpath(".", NULL);
		if (!here)
			return errno == ENOMEM ? error_nomem(err) : PYPROF_OK;
		str_add_cstr(&path, here);
		str_add_char(&path, '/');
	}
	str_add_cstr(&path, folder ? folder : "");
	if (path.failed)
		return error_nomem(err);
	real = realpath(path.data, NULL);
	if (!real && errno == ENOMEM)
		return error_nomem(err);
	root->given = normal(path.data);
	root->real = normal(real ? real : path.data);
	return root->given && root->real ? PYPROF_OK : error_nomem(err);
}

void place_root_deinit(struct place_root *root)
{
	free(root->given);
	free(root->real);
}

/* ---- is it in there? ---------------------------------------------------------------------- */

/* What of the path is below the folder; NULL: it is not. */
static const char *below(const char *path, const char *folder)
{
	size_t len = folder ? strlen(folder) : 0;

	if (!folder || strncmp(path, folder, len) != 0 || path[len] != '/')
		return NULL;
	return path + len + 1;
}

static bool is_part(const char *part, size_t len, const char *name)
{
	return len == strlen(name) && !memcmp(part, name, len);
}

/* "python3.13", in lib/ */
static bool is_library(const char *part, size_t len)
{
	return len > 6 && !memcmp(part, "python", 6) && isdigit((unsigned char)part[6]);
}

/* Is it of an installed package, or of the standard library: somebody else's code? */
static bool is_installed(const char *path)
{
	bool in_lib = false;

	while (*path) {
		size_t len = strcspn(path, "/");

		if (is_part(path, len, "site-packages") || is_part(path, len, "dist-packages") ||
		    (in_lib && is_library(path, len)))
			return true;
		in_lib = is_part(path, len, "lib") || is_part(path, len, "lib64");
		path += len;
		path += strspn(path, "/");
	}
	return false;
}

static bool has_parents(const char *path)
{
	const char *at = path;

	while ((at = strstr(at, "/.."))) {
		at += 3;
		if (!*at || *at == '/')
			return true;
	}
	return false;
}

/* Behind a symbolic link ".." is another folder: is it, followed, what it looks like? */
static bool is_really(struct str *out, const char *path, const struct place_root *root,
		      const char *relative)
{
	_cleanup_free_ char *real = realpath(path, NULL);
	const char *found = real ? below(real, root->real) : NULL;

	out->failed |= !real && errno == ENOMEM;
	return found && !strcmp(found, relative);
}

static bool is_plain(struct str *out, const char *text)
{
	_cleanup_(str_deinit) struct str visible = STR_INIT;

	text_visible(&visible, text, strlen(text));
	out->failed |= visible.failed;
	return !strcmp(str_cstr(&visible), text);
}

/* The absolute name of a function's file as recorded; false: it has none that is known. */
static bool add_path(struct str *out, const struct verdict_say_opts *opts,
		     const struct runs_item *item)
{
	const struct match *match = opts->match;
	const char *folder = opts->sides[SIDE_HEAD].folder;

	if (item->kind != ITEM_FUNCTION || !*item->path || *item->path == '<' ||
	    strlen(item->path) >= PATH_MAX)
		return false;
	if (match && item->function < match->n && !match->functions[item->function].in[SIDE_HEAD])
		return false;
	if (*item->path != '/') {
		if (!folder || *folder != '/')
			return false;
		str_add_cstr(out, folder);
		str_add_char(out, '/');
	}
	str_add_cstr(out, item->path);
	return true;
}

bool place_find(struct str *out, const struct place_root *root,
		const struct verdict_say_opts *opts, const struct runs_item *item)
{
	_cleanup_(str_deinit) struct str path = STR_INIT, clean = STR_INIT;
	const char *found;

	if (!add_path(&path, opts, item))
		return false;
	add_normal(&clean, str_cstr(&path));
	out->failed |= path.failed || clean.failed;
	if (out->failed)
		return false;
	found = below(str_cstr(&clean), root->given);
	if (!found)
		found = below(str_cstr(&clean), root->real);
	if (!found || !*found || is_installed(found) || !is_plain(out, found) ||
	    (has_parents(str_cstr(&path)) && !is_really(out, str_cstr(&path), root, found)))
		return false;
	str_add_cstr(out, found);
	return true;
}

/* ---- which one it is ------------------------------------------------------------------------ */

static unsigned __int128 add_to_hash(unsigned __int128 hash, const char *text)
{
	/* 2^88 + 0x13b */
	const unsigned __int128 prime = ((unsigned __int128)1 << 88) + 0x13b;
	size_t len = strlen(text) + 1;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)text[i]) * prime;
	return hash;
}

void place_fingerprint(struct str *out, const char *check, const struct verdict *verdict, size_t i)
{
	unsigned __int128 hash = ((unsigned __int128)0x6c62272e07bb0142 << 64) | 0x62b821756295c58d;
	const struct runs_item *item = verdict->items[i].item;
	size_t nth = words_nth(verdict, i);
	char number[32];

	hash = add_to_hash(hash, check);
	hash = add_to_hash(hash, words_kind(item));
	hash = add_to_hash(hash, item->name);
	hash = add_to_hash(hash, item->file);
	if (nth) {
		snprintf(number, sizeof(number), "%zu", nth);
		hash = add_to_hash(hash, number);
	}
	str_printf(out, "%016" PRIx64 "%016" PRIx64, (uint64_t)(hash >> 64), (uint64_t)hash);
}
