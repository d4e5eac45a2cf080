/* SPDX-License-Identifier: MIT */
/* pyprof completion bash|zsh|fish */
#include "cmd/completion.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/message.h"
#include "cmd/suggest.h"

static const struct {
	const char *name;
	void (*write)(FILE *out);
} shells[] = {
	{ "bash", completion_bash },
	{ "zsh", completion_zsh },
	{ "fish", completion_fish },
};

void completion_quote(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", out);
		else
			putc(*text, out);
	}
}

static int run(const void *values, int argc, char **argv)
{
	struct pyprof_error err;
	struct suggestion suggestion = SUGGESTION_INIT(argc > 0 ? argv[0] : "");

	(void)values;
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (argc > 0 && !strcmp(argv[0], shells[i].name)) {
			shells[i].write(stdout);
			return EXIT_SUCCESS;
		}
		suggest_offer(&suggestion, shells[i].name);
	}
	if (argc == 0)
		error_set(&err, PYPROF_ERR_USAGE, "for which shell? bash, zsh or fish");
	else
		error_set(&err, PYPROF_ERR_USAGE, "'%.60s' is none of: bash, zsh, fish", argv[0]);
	if (suggestion.best)
		error_hint(&err, "did you mean '%s'?", suggestion.best);
	return message_error(&err);
}

static const struct option_choice shell_choices[] = {
	{ "bash", NULL, "source <(pyprof completion bash)" },
	{ "zsh", NULL, "source <(pyprof completion zsh)" },
	{ "fish", NULL, "pyprof completion fish | source" },
	{ NULL, NULL, NULL },
};

static const struct common_values defaults;

const struct command completion_command = {
	.name = "completion",
	.summary = "print the completion script of a shell",
	.synopsis = "bash|zsh|fish",
	.description =
		"Prints the script that teaches a shell to complete pyprof's commands, "
		"options and their arguments. 'make install' installs all three; to try "
		"one in this shell:",
	.options = no_options,
	.operands = OPERANDS_CHOICE,
	.operand_choices = shell_choices,
	.defaults = &defaults,
	.values_size = sizeof(defaults),
	.run = run,
};
