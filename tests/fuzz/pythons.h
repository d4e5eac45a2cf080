/* SPDX-License-Identifier: MIT */
/*
 * The interpreters of tests/images (or $PYPROF_IMAGES), as fuzz targets use them: an input
 * names one by its key, so that a corpus keeps its meaning when images come and go.
 */
#ifndef PYPROF_TESTS_FUZZ_PYTHONS_H
#define PYPROF_TESTS_FUZZ_PYTHONS_H

#include <glob.h>
#include <string.h>
#include <zlib.h>

#include "fuzz/fuzz.h"
#include "memory/image.h"
#include "python/runtime.h"

#define PYTHONS_MAX 64

struct python {
	const char *name;  /* file name */
	uint8_t key;	   /* minor (2.7: 7 + 16), debug | 0x40, free-threaded | 0x80 */
	uint8_t *bytes;	   /* the image, uncompressed */
	size_t len;
	struct target *target;
	struct py_runtime rt; /* as found in it */
};

static struct python pythons[PYTHONS_MAX];
static size_t n_pythons;

static inline void python_read(struct python *python, const char *path)
{
	gzFile file = gzopen(path, "rb");
	size_t cap = 4u << 20;
	int got;

	FUZZ_CHECK(file);
	python->bytes = malloc(cap);
	FUZZ_CHECK(python->bytes);
	got = gzread(file, python->bytes, (unsigned)cap);
	FUZZ_CHECK(got > 0 && (size_t)got < cap);
	python->len = (size_t)got;
	gzclose(file);
}

static inline void python_find(struct python *python)
{
	struct memory_image *image;
	struct pyprof_error err;

	FUZZ_CHECK(!memory_image_parse(&image, python->bytes, python->len, &err));
	FUZZ_CHECK(!target_open_image(&python->target, image, &err));
	if (py_runtime_find(&python->rt, python->target, &err)) {
		fprintf(stderr, "%s: %s; scripts/record-images makes new ones\n", python->name,
			err.message);
		exit(1);
	}
	python->key = (uint8_t)(python->rt.version >> 16 & 0xf);
	if (python->rt.version >> 24 == 2)
		python->key += 16;
	if (strstr(python->name, "-debug"))
		python->key |= 0x40;
	if (python->rt.layout.free_threaded)
		python->key |= 0x80;
}

/* Loads them all; they stay until the program ends. */
static inline void pythons_load(void)
{
	const char *folder = getenv("PYPROF_IMAGES");
	static glob_t found;
	char pattern[4096];

	snprintf(pattern, sizeof(pattern), "%s/*.img.gz", folder ? folder : "tests/images");
	if (n_pythons)
		return;
	if (glob(pattern, 0, NULL, &found) || found.gl_pathc > PYTHONS_MAX) {
		fprintf(stderr, "no images, or too many: %s\n", pattern);
		exit(1);
	}
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *slash = strrchr(found.gl_pathv[i], '/');

		pythons[i].name = slash ? slash + 1 : found.gl_pathv[i];
		python_read(&pythons[i], found.gl_pathv[i]);
		python_find(&pythons[i]);
	}
	n_pythons = found.gl_pathc;
}

/* The first of that key, else any. */
static inline const struct python *python_of_key(uint8_t key)
{
	if (!n_pythons)
		abort();
	for (size_t i = 0; i < n_pythons; i++)
		if (pythons[i].key == key)
			return &pythons[i];
	return &pythons[key % n_pythons];
}

#endif
