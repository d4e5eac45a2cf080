/* SPDX-License-Identifier: MIT */
/* Which colour a box has, by module, kind or self time, and what the colours mean. */
'use strict';

/* The first is the one that a page has at first. */
const COLORS = ['module', 'kind', 'self'];
const COLOR_NAMES = { module: 'module', kind: 'kind', self: 'self' };
const SELF_STEPS = 9; /* colours by self time; flame.css has them */
const TRUNCATED_COLOR = 2; /* PALETTE_TRUNCATED; the last of the legend */
const OWN_COLOR = 4; /* PALETTE_OWN, the first of a function */

/* As the legend calls them, in the order of enum palette_kind. */
const KINDS = ['own code', 'site-packages', 'standard library', 'native', 'kernel'];

/* The class that has a box's colour; `most`: the largest self of its tree. */
function boxColor(profile, colors, box, most, self = box.tree.self[box.node]) {
	const label = box.tree.label[box.node], color = profile.color(label);

	if (colors === 'module' || label === 0 || color < OWN_COLOR)
		return 'c' + color;
	if (colors === 'kind')
		return 'k' + profile.kind(label);
	return 's' + (most ? Math.ceil(Math.sqrt(self / most) * (SELF_STEPS - 1)) : 0);
}

class Legend {
	constructor(page) {
		this.page = page;
		this.profile = page.profile;
		this.root = element('p', { class: 'legend' });
	}

	update(colors) {
		const key = (text, classes) => element('span', { class: 'key' },
			...classes.map(name => element('i', { class: 'swatch ' + name })), text);
		const truncated = color => color === TRUNCATED_COLOR;
		const keys = this.profile.legend.map(([text, ...shades]) => key(text,
			colors === 'module' || shades.every(truncated) ? shades.map(c => 'c' + c) :
				['k' + KINDS.indexOf(text)]));

		if (colors === 'self')
			keys.splice(0, keys.length - 1, key('self time, from none to the most',
				Array.from({ length: SELF_STEPS }, (_, i) => 's' + i)));
		this.root.textContent = '';
		this.root.append(...keys);
	}
}
