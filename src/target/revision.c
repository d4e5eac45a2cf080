/* SPDX-License-Identifier: MIT */
#include "target/revision.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"

#define SMALL_MAX 4096u /* bytes of HEAD, of a ref, of a .git that is a file */
#define SYMBOLIC_MAX 5	/* refs that name another */
#define REF_MAX 1024u	/* bytes of a name */

struct search {
	const struct source_root *root;
	struct str git;	   /* the folder that has HEAD */
	struct str common; /* the one that has the branches: of a linked worktree another */
	struct str path, file; /* scratch: a name, and what is in it */
};

static bool read_file(struct search *s, const struct str *folder, const char *name, size_t max)
{
	str_clear(&s->path);
	str_printf(&s->path, "%s/%s", str_cstr(folder), name);
	return !s->path.failed && source_root_read(s->root, str_cstr(&s->path), max, &s->file);
}

/* The first line of the file that was read; false where it holds what no line of Git's does. */
static bool first_line(struct search *s)
{
	size_t len = s->file.len ? strcspn(s->file.data, "\r\n") : 0;

	/* A NUL ends it for us, but not for Git. */
	if (!len || memchr(s->file.data, '\0', s->file.len))
		return false;
	s->file.data[len] = '\0';
	s->file.len = len;
	return true;
}

/* Puts a path that the file names into *folder; it may be relative to `from`. */
static bool take_folder(struct str *folder, const char *from, const char *path)
{
	_cleanup_(str_deinit) struct str taken = STR_INIT;

	if (path[0] != '/')
		str_printf(&taken, "%s/", from);
	str_add_cstr(&taken, path);
	str_clear(folder);
	str_add(folder, str_cstr(&taken), taken.len);
	return !taken.failed && !folder->failed;
}

/* SHA-1 or SHA-256; how many digits, 0: it is none. */
static size_t hash_length(const char *text)
{
	size_t n = strspn(text, "0123456789abcdef");

	return n == 40 || n == 64 ? n : 0;
}

static bool is_hash(const char *line)
{
	size_t n = hash_length(line);

	return n && !line[n];
}

/* As git-check-ref-format(1) has it, and below refs/. */
static bool is_ref(const char *name)
{
	size_t len = strlen(name);

	if (strncmp(name, "refs/", 5) != 0 || len > REF_MAX || name[len - 1] == '/' ||
	    name[len - 1] == '.' || strpbrk(name, " ~^:?*[\\\177") || strstr(name, "..") ||
	    strstr(name, "//") || strstr(name, "/.") || strstr(name, "@{") ||
	    strstr(name, ".lock/") || (len > 5 && !strcmp(name + len - 5, ".lock")))
		return false;
	for (const char *p = name; *p; p++)
		if ((unsigned char)*p < ' ')
			return false;
	return true;
}

/* "ref: refs/heads/main": what it names, NULL where it is no such line. */
static const char *named(const char *line)
{
	return strncmp(line, "ref:", 4) == 0 ? line + 4 + strspn(line + 4, " \t") : NULL;
}

/* The same, NULL also where that is no ref. */
static const char *symbolic(const char *line)
{
	const char *name = named(line);

	return name && is_ref(name) ? name : NULL;
}

/* ---- the folder --------------------------------------------------------------------------- */

/*
 * Git looks no further up than to what it takes for a checkout, also where it cannot use it: so one
 * that we do not understand, as reftable's "ref: refs/heads/.invalid", is not in the repository that
 * is around it.
 */
enum checkout { CHECKOUT_NONE = 0, CHECKOUT_UNKNOWN, CHECKOUT_FOUND };

/* Where `git` is that of one, its HEAD is what was read then. */
static enum checkout read_head(struct search *s)
{
	const char *line, *name;

	if (!read_file(s, &s->git, "HEAD", SMALL_MAX) || !first_line(s))
		return CHECKOUT_NONE;
	line = s->file.data;
	if (is_hash(line) || symbolic(line))
		return CHECKOUT_FOUND;
	name = named(line);
	return hash_length(line) || (name && !strncmp(name, "refs/", 5)) ? CHECKOUT_UNKNOWN :
									    CHECKOUT_NONE;
}

/* A .git that is a file: "gitdir: /repo/.git/worktrees/x". */
static enum checkout follow_file(struct search *s, const struct str *folder)
{
	static const char gitdir[] = "gitdir: ";

	if (!read_file(s, folder, ".git", SMALL_MAX))
		return CHECKOUT_NONE;
	if (!first_line(s) || strncmp(s->file.data, gitdir, strlen(gitdir)) != 0 ||
	    !take_folder(&s->git, str_cstr(folder), s->file.data + strlen(gitdir)))
		return CHECKOUT_UNKNOWN;
	return read_head(s) == CHECKOUT_FOUND ? CHECKOUT_FOUND : CHECKOUT_UNKNOWN;
}

/* Is there one in `folder`? HEAD has been read where it is found. */
static enum checkout read_checkout(struct search *s, const struct str *folder)
{
	enum checkout checkout;

	str_clear(&s->git);
	str_printf(&s->git, "%s/.git", str_cstr(folder));
	if (s->git.failed)
		return CHECKOUT_UNKNOWN;
	checkout = read_head(s);
	return checkout ? checkout : follow_file(s, folder);
}

static bool find_checkout(struct search *s, const char *cwd)
{
	_cleanup_(str_deinit) struct str folder = STR_INIT;

	str_add_cstr(&folder, cwd);
	for (int i = 0; i < REVISION_FOLDERS_MAX && !folder.failed; i++) {
		enum checkout checkout = read_checkout(s, &folder);
		size_t len = folder.len;

		if (checkout)
			return checkout == CHECKOUT_FOUND;
		while (len && folder.data[len - 1] != '/')
			len--;
		while (len && folder.data[len - 1] == '/')
			len--;
		if (!folder.len)
			return false;
		folder.data[len] = '\0';
		folder.len = len;
	}
	return false;
}

static bool find_common(struct search *s)
{
	if (!read_file(s, &s->git, "commondir", SMALL_MAX))
		return take_folder(&s->common, "", str_cstr(&s->git));
	return first_line(s) && take_folder(&s->common, str_cstr(&s->git), s->file.data);
}

/* ---- what HEAD is ---------------------------------------------------------------------------- */

/* Refs that each worktree has of its own: gitrepository-layout(5). */
static bool is_of_worktree(const char *ref)
{
	return !strncmp(ref, "refs/bisect/", 12) || !strncmp(ref, "refs/worktree/", 14) ||
	       !strncmp(ref, "refs/rewritten/", 15);
}

/* Lines "HASH NAME" among others. Puts the hash into the file that was read, as a loose ref has it. */
static bool find_packed(struct search *s, const char *ref)
{
	const char *line, *end;

	if (!read_file(s, &s->common, "packed-refs", REVISION_PACKED_MAX))
		return false;
	end = s->file.data + s->file.len;
	for (line = s->file.data; line && line < end;) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t len = (size_t)((stop ? stop : end) - line), n = hash_length(line);

		if (n && len == n + 1 + strlen(ref) && line[n] == ' ' &&
		    !memcmp(line + n + 1, ref, strlen(ref))) {
			memmove(s->file.data, line, n);
			s->file.data[n] = '\0';
			s->file.len = n;
			return true;
		}
		line = stop ? stop + 1 : NULL;
	}
	return false;
}

/* From the line that was read, HEAD's, to the hash; *ref is the first name on the way. */
static bool resolve(struct search *s, struct str *ref)
{
	_cleanup_(str_deinit) struct str at = STR_INIT;

	for (int i = 0; i <= SYMBOLIC_MAX; i++) {
		const char *name;

		if (is_hash(s->file.data))
			return true;
		name = symbolic(s->file.data);
		if (!name)
			return false;
		str_clear(&at);
		str_add_cstr(&at, name);
		if (!i)
			str_add_cstr(ref, name);
		if (at.failed || ref->failed)
			return false;
		if (read_file(s, is_of_worktree(str_cstr(&at)) ? &s->git : &s->common,
			      str_cstr(&at), SMALL_MAX)) {
			if (!first_line(s))
				return false;
		} else if (!find_packed(s, str_cstr(&at))) {
			return false;
		}
	}
	return false;
}

bool revision_read(const struct source_root *root, const char *cwd, struct str *out)
{
	static const char heads[] = "refs/heads/";
	struct search s = { .root = root };
	struct str head = STR_INIT, ref = STR_INIT;
	size_t before = out->len;
	bool found = cwd && cwd[0] == '/' && find_checkout(&s, cwd);

	if (found) {
		/* Looking for the other folder reads over it. */
		str_add(&head, s.file.data, s.file.len);
		found = find_common(&s);
		str_clear(&s.file);
		str_add(&s.file, str_cstr(&head), head.len);
		found = found && !head.failed && !s.file.failed && resolve(&s, &ref);
	}
	if (found) {
		const char *name = str_cstr(&ref);

		if (!strncmp(name, heads, strlen(heads)))
			name += strlen(heads);
		str_add_cstr(out, s.file.data);
		if (*name) {
			str_add_cstr(out, " (");
			utf8_add_clean(out, name, strlen(name));
			str_add_char(out, ')');
		}
		found = !out->failed;
		if (!found && out->data) {
			out->len = before;
			out->data[before] = '\0';
		}
	}
	str_deinit(&head);
	str_deinit(&ref);
	str_deinit(&s.git);
	str_deinit(&s.common);
	str_deinit(&s.path);
	str_deinit(&s.file);
	return found;
}
