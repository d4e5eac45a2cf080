/* SPDX-License-Identifier: MIT */
#include "python/head_code.h"

#include <elf.h>
#include <string.h>

/* mov disp32(%rip),%rax, perhaps behind endbr64 or a frame's set-up. */
static bool head_x86_64(const uint8_t *code, size_t len, uint64_t addr, uint64_t *at)
{
	static const uint8_t mov[] = { 0x48, 0x8b, 0x05 };
	const uint8_t *load = memmem(code, len, mov, sizeof(mov));
	size_t end;
	int32_t distance;

	if (!load)
		return false;
	end = (size_t)(load - code) + sizeof(mov) + sizeof(distance);
	if (end > len)
		return false;
	memcpy(&distance, load + sizeof(mov), sizeof(distance));
	*at = addr + end + (uint64_t)(int64_t)distance;
	return true;
}

/* adrp xN, page; ldr x0, [xN, #offset]. */
static bool head_aarch64(const uint8_t *code, size_t len, uint64_t addr, uint64_t *at)
{
	for (size_t i = 0; i + 8 <= len; i += 4) {
		uint32_t adrp, ldr;
		int64_t pages;

		memcpy(&adrp, code + i, 4);
		memcpy(&ldr, code + i + 4, 4);
		if ((adrp & 0x9f000000) != 0x90000000 || (ldr & 0xffc00000) != 0xf9400000 ||
		    (adrp & 0x1f) != (ldr >> 5 & 0x1f))
			continue;
		pages = (int64_t)(adrp >> 5 & 0x7ffff) << 2 | (adrp >> 29 & 3);
		if (pages & (1 << 20))
			pages -= 1 << 21;
		*at = ((addr + i) & ~0xfffull) + (uint64_t)(pages * 4096) +
		      (ldr >> 10 & 0xfff) * 8;
		return true;
	}
	return false;
}

bool py_head_code(const uint8_t *code, size_t len, uint64_t addr, uint16_t machine,
		  uint64_t *at)
{
	switch (machine) {
	case EM_X86_64:
		return head_x86_64(code, len, addr, at);
	case EM_AARCH64:
		return head_aarch64(code, len, addr, at);
	default:
		return false;
	}
}
