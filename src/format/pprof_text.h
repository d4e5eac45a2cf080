/* SPDX-License-Identifier: MIT */
/* Texts of pprof files, as pprof.h has them; of use to pprof_write.c and pprof_read.c alone. */
#ifndef PYPROF_FORMAT_PPROF_TEXT_H
#define PYPROF_FORMAT_PPROF_TEXT_H

#include "base/str.h"

/* Has it to be escaped? Hardly any has. */
bool pprof_text_escapes(const char *text, size_t len);

/* Appends it escaped. */
void pprof_text_escape(struct str *out, const char *text, size_t len);

/* Appends what an escaped text stands for. */
void pprof_text_unescape(struct str *out, const char *text, size_t len);

#endif
