/* SPDX-License-Identifier: MIT */
/* The controls, keys and words of the address that the page of a diff has more. */
'use strict';

const WIDTHS = ['head', 'base', 'both'];
const WIDTH_NAMES = { head: 'width: HEAD', base: 'width: BASE', both: 'side by side' };

/* Puts the row of the help for a key in other words. */
function tellKey(key, what) {
	KEYS.find(([keys]) => keys === key)[1] = what;
}

tellKey('k', 'colour by change of self, of total; module, kind, self time');
tellKey('n, N', 'the next match, the one before; without a search, the greatest changes');
tellKey('e', 'save the view as folded stacks: "stack base head", as difffolded has them');
KEYS.splice(KEYS.findIndex(([keys]) => keys === 'g'), 0,
	['w', 'as wide as in HEAD, as in BASE, side by side', ['w'], page => page.choose({ width:
		WIDTHS[(WIDTHS.indexOf(page.choices.width) + 1) % WIDTHS.length] })],
	['d', 'colour by the change of self, of total', ['d'], page => page.setColors(
		page.colors === 'change-self' ? 'change-total' : 'change-self')],
	['a', 'absolute values, shares of each side', ['a'],
		page => page.choose({ shares: !page.choices.shares })]);

Object.assign(FRAGMENT, {
	width: {
		write: page => page.choices.width === WIDTHS[0] ? '' : page.choices.width,
		read: (page, text) => {
			if (WIDTHS.includes(text))
				page.choices.width = text;
		},
	},
	values: {
		write: page => page.choices.shares === page.profile.diff.shares ? '' :
			page.choices.shares ? 'shares' : 'absolute',
		read: (page, text) => {
			if (text === 'shares' || text === 'absolute')
				page.choices.shares = text === 'shares';
		},
	},
	/* By the functions of the base. */
	joined: {
		write: page => join(page.choices.joined.map(i => page.profile.rawText(
			page.profile.labelOfFunction(page.profile.renames[i].functions[BASE])))),
		read: (page, text) => {
			const { profile } = page;

			page.choices.joined = split(text).map(name => profile.renames.findIndex(
				({ functions, several }) => !several && profile.rawText(
					profile.labelOfFunction(functions[BASE])) === name))
				.filter((i, at, all) => i >= 0 && all.indexOf(i) === at);
		},
	},
});

class DiffTools extends Tools {
	constructor(page) {
		super(page);
		this.sides = element('section', { class: 'sides', 'aria-label': 'What is compared' },
			...page.profile.diff.warnings.map(text => element('p', { class: 'warning',
				role: 'note' }, '\u26a0 ' + visible(text))),
			...this.oneRun(), ...SIDES.map(side => this.sideText(side)), ...this.renames());
		this.before.title = 'The match before; without a search, the greater change (N)';
		this.after.title = 'The next match; without a search, the next great change (n)';
	}

	oneRun() {
		return SIDES.some(side => this.page.profile.runs(side) > 1) ? [] :
			[element('p', { class: 'remark' }, 'One run a side: differences may be noise; pyprof ' +
				'diff --check judges several runs a side')];
	}

	/* "Perhaps renamed: a -> b (2 more)": it leads to all of them. */
	renames() {
		const { page } = this, { profile } = page, { renames } = profile;

		if (!renames.length)
			return [];
		const names = renames[0].functions.map(fn => head(profile.text(
			profile.labelOfFunction(fn)), 100));
		const made = barButton(`Perhaps renamed: ${names.join(` ${ARROW} `)}` +
			(renames.length > 1 ? ` (${formatCount(renames.length - 1)} more)` : ''),
		'All that are perhaps renamed, in the panel', undefined, () => page.showRenames());
		return [element('p', { class: 'remark' }, made)];
	}

	/* "base NAME  command - revision - Python - machine - runs" */
	sideText(side) {
		const { profile } = this.page, { command, revision, python, machine } = profile.sides[side];
		const runs = profile.runs(side);
		const parts = [command, revision && 'revision ' + revision, python && 'Python ' + python,
			machine, runs > 1 && formatCount(runs) + ' runs'].filter(Boolean);
		const told = visible(parts.join(' \u00b7 '));

		return element('p', { class: 'side', title: profile.sideLabel(side) + ' ' + told },
			element('b', { class: 'tag ' + SIDE_NAMES[side] }, SIDE_NAMES[side]),
			element('b', {}, profile.sideLabel(side)), element('span', {}, told));
	}

	/* What is shown of both, in the metric's unit, whatever the values are shown as. */
	subtitleText(view) {
		const { profile, shares, width, metric, wholes } = view;
		const perRun = SIDES.some(side => profile.runs(side) > 1);
		const values = wholes.map((value, side) => value / profile.runs(side));

		return `${width === 'both' ? 'Side by side' : 'Width'}: ${shares ? 'share of ' : ''}` +
			`${metric.name}${metric.unit === 'nanoseconds' ? '' : ` (${metric.unit})`}${width === 'both' ? '' : ' in ' +
			width.toUpperCase()} \u00b7 BASE ${ARROW} HEAD: ${changeText(metric, ...values)}` +
			`${perRun ? ', of one run' : ''}`;
	}

	/* "12.34% of BASE, 23.45% of HEAD" */
	matchedText(zoom) {
		const { search } = this.page, { tree } = zoom, all = zoomOnNode(tree, 0);
		const share = (z, whole, side) => formatPercent(search.weight(tree.zoomOfHalf(z, side)),
			whole(side)) + ' of ' + SIDE_NAMES[side];
		const told = (z, whole) => SIDES.map(side => share(z, whole, side)).join(', ');

		return told(all, side => tree.wholes[side]) + (sameZoom(all, zoom) ? '' :
			` \u00b7 zoom: ${told(zoom, side => tree.zoomValue(zoom, side))}`);
	}

	/* Without a search, which of the greatest changes is shown. */
	updateMatched() {
		const { page } = this, { search, matchAt } = page;

		super.updateMatched();
		if (search.active)
			return;
		this.before.hidden = this.after.hidden = !page.view.hasChanges(page.changeKey());
		if (matchAt >= 0)
			this.matched.textContent = `change of ${page.changeKey()} ` +
				`${formatCount(matchAt + 1)} of ${formatCount(page.matches().length)}`;
	}

	choosers() {
		const { page } = this, made = super.choosers();

		made.splice(1, 0, chooser('Width', WIDTHS.map(key => [key, WIDTH_NAMES[key]]),
			page.choices.width, value => page.choose({ width: value })));
		return made;
	}

	switches() {
		const { page } = this, { shares } = page.choices;

		return [barButton('Shares', 'Values as shares of each side, changes in percentage points (a)',
			shares, () => page.choose({ shares: !shares })), ...super.switches()];
	}

	chips() {
		const { page } = this, { profile, choices } = page;
		const text = fn => profile.text(profile.labelOfFunction(fn));
		const joined = choices.lines ? [] : choices.joined;

		return [...super.chips(), ...joined.map(i => chip('one function: ' +
			profile.renames[i].functions.map(text).join(` ${ARROW} `),
		() => page.toggleJoined(i)))];
	}
}
