/* SPDX-License-Identifier: MIT */
#include "api/mappings.h"

#include <stdio.h>
#include <string.h>

#include "elf/elf_image.h"

static bool is_known(const struct profile *profile, const struct profile_mapping *mapping)
{
	for (size_t i = 0; i < profile->n_mappings; i++)
		if (profile->mappings[i].file == mapping->file &&
		    (!mapping->build_id || profile->mappings[i].build_id == mapping->build_id))
			return true;
	return false;
}

static bool add_module(struct profile *profile, struct target *target,
		       const struct module *module)
{
	const struct mapping *first = &target->maps.mappings[module->first];
	struct profile_mapping mapping = { .start = module->base,
					   .limit = module->end,
					   .offset = first->offset };
	char build_id[2 * ELF_BUILD_ID_MAX + 1] = "";
	struct elf_image image;

	if (!elf_image_init(&image, target->memory, module->base, NULL))
		for (size_t i = 0; i < image.build_id_len; i++)
			snprintf(build_id + 2 * i, 3, "%02x", image.build_id[i]);
	mapping.file = profile_string(profile, module->path, strlen(module->path));
	mapping.build_id = profile_string(profile, build_id, strlen(build_id));
	if (mapping.file == PROFILE_NONE || mapping.build_id == PROFILE_NONE)
		return false;
	return is_known(profile, &mapping) || profile_mapping(profile, &mapping) != PROFILE_NONE;
}

bool mappings_add(struct profile *profile, struct target *target)
{
	const struct maps *maps;
	bool ok = true;

	/* Modules come as a program runs; those of one that has ended are as they were. */
	target_refresh_maps(target, NULL);
	maps = &target->maps;
	for (int own = 1; own >= 0; own--)
		for (size_t i = 0; ok && i < maps->n_modules; i++)
			if (own == !strcmp(maps->modules[i].path, target->exe))
				ok = add_module(profile, target, &maps->modules[i]);
	return ok;
}
