/* SPDX-License-Identifier: MIT */
/*
 * The revision of the Git checkout that holds a folder of the target's, read from Git's own files and
 * never by running git: gitrepository-layout(5), gitformat-pack(5) are where they are described.
 *
 * They are read as the target's source is (target/source_file.h): below its root, as its user, regular
 * files alone, bounded. What comes out is digits and the checked name of a ref, whatever the files
 * hold. Whether the checkout had changes that are in no commit is not known: that takes its index,
 * and every file of it.
 *
 * Found is what `git rev-parse HEAD` says there: the first folder upwards that has a .git (folder, or
 * file that names one, as linked worktrees and submodules have), its HEAD, loose and packed refs. Not
 * found: refs in reftables, a branch without a commit, bare repositories, GIT_DIR. A .git that Git takes
 * for one but that is not understood is none of those above it: then nothing is found.
 */
#ifndef PYPROF_TARGET_REVISION_H
#define PYPROF_TARGET_REVISION_H

#include "target/source_file.h"

#define REVISION_FOLDERS_MAX 128 /* upwards */
#define REVISION_PACKED_MAX  (16u << 20) /* bytes of packed-refs */

/*
 * Appends "0123…cdef (main)": all digits of the commit, and its branch, or the whole name of another
 * ref that HEAD is; nothing where HEAD is a commit itself. False, with nothing appended, where it is
 * not known. `cwd` is an absolute path below the root; NULL: not known.
 */
bool revision_read(const struct source_root *root, const char *cwd, struct str *out);

#endif
