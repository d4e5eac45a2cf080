/* SPDX-License-Identifier: MIT */
/* Draws folded stacks: render-folded IN.folded OUT.svg. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "format/folded.h"
#include "render/svg.h"

static int fail(const char *what, const struct pyprof_error *err)
{
	fprintf(stderr, "render-folded: %s: %s\n", what, err ? err->message : "cannot be read");
	return 1;
}

int main(int argc, char **argv)
{
	struct pyprof_error err = { 0 };
	struct profile *profile;
	struct view *view;
	FILE *out;
	int fd;

	if (argc != 3)
		return fail("usage: render-folded IN.folded OUT.svg", NULL);
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(argv[1], NULL);
	if (folded_read_file(&profile, fd, &err))
		return fail(argv[1], &err);
	close(fd);
	profile_shrink(profile);
	if (view_create(&view, profile, NULL, &err))
		return fail(argv[1], &err);
	out = fopen(argv[2], "w");
	if (!out || format_svg.write(&(struct format_input){ .profile = profile, .view = view }, out, &err) || fclose(out))
		return fail(argv[2], &err);
	view_destroy(view);
	profile_destroy(profile);
	return 0;
}
