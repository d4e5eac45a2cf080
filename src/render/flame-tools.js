/* SPDX-License-Identifier: MIT */
/* The controls above the chart: what is searched, what is shown, and what was left out. */
'use strict';

function button(text, title, pressed) {
	const made = element('button', { type: 'button', title }, text);

	if (pressed !== undefined)
		made.setAttribute('aria-pressed', pressed);
	return made;
}

/* A list to choose from; `options` are [value, text]. */
function chooser(label, options, value, onchange) {
	const select = element('select', { 'aria-label': label }, ...options.map(([key, text]) =>
		element('option', { value: key }, text)));

	select.value = value;
	select.addEventListener('change', () => onchange(select.value));
	return select;
}

/* A button of the bar, known by its text; `on`: whether it is pressed. */
function barButton(text, title, on, call) {
	const made = button(text, title, on);

	made.setAttribute('aria-label', text);
	made.addEventListener('click', call);
	return made;
}

/* What was chosen, to be undone by a click. */
function chip(text, call) {
	const made = button(head(text, 80) + ' \u2715', 'Undo: ' + head(text, 400));

	made.className = 'chip';
	made.addEventListener('click', call);
	return made;
}

class Tools {
	constructor(page) {
		this.page = page;
		this.buildSearch();
		this.reset = button('Reset zoom', 'Show all of this view (0)');
		this.reset.className = 'reset';
		this.help = button('?', 'All keys (?)');
		this.help.setAttribute('aria-label', 'Help');
		this.reset.addEventListener('click', () => page.reset());
		this.help.addEventListener('click', () => page.toggleHelp());
		this.bar = element('div', { class: 'bar', role: 'toolbar', 'aria-label': 'View' });
		this.trail = element('nav', { class: 'trail', 'aria-label': 'Where this is' });
		this.subtitle = element('p', {});
		this.header = element('header', {},
			element('div', { class: 'heading' },
				element('h1', { title: visible(page.profile.title) },
					visible(page.profile.title)), this.subtitle),
			element('div', { class: 'tools' }, this.matched, this.before, this.after,
				this.input, this.regular, this.reset, this.help));
	}

	buildSearch() {
		const page = this.page;

		this.input = element('input', { type: 'search', placeholder: 'Search  /',
			'aria-label': 'Search frames', spellcheck: 'false', autocomplete: 'off' });
		this.matched = element('output', { class: 'matched' });
		this.before = button('\u2039', 'The match before (N)');
		this.after = button('\u203a', 'The next match (n)');
		this.regular = button('.*', 'Search by a regular expression (x)', false);
		this.input.addEventListener('input', () => page.find(this.input.value));
		this.input.addEventListener('keydown', event => {
			if (event.key === 'Enter')
				page.showMatch(event.shiftKey ? -1 : 1, true);
		});
		this.before.addEventListener('click', () => page.showMatch(-1));
		this.after.addEventListener('click', () => page.showMatch(1));
		this.regular.addEventListener('click', () => page.toggleRegular());
	}

	/* Shows how things stand. */
	update() {
		const page = this.page, view = page.chart.zoom.tree;

		this.subtitle.textContent = this.subtitleText(view);
		this.reset.disabled = !page.canReset();
		this.regular.setAttribute('aria-pressed', page.search.regular);
		this.updateMatched();
		this.updateBar();
		this.updateTrail();
	}

	subtitleText(view) {
		return `Width: ${view.metric.name} (${view.metric.unit}) \u00b7 ` +
			formatValue(view.whole, view.metric) + ' in all';
	}

	updateMatched() {
		const { search, chart, matchAt } = this.page, zoom = chart.zoom;
		const n = search.count(zoom.tree);
		const at = matchAt < 0 ? '' : ` \u00b7 ${formatCount(matchAt + 1)} of ${formatCount(n)}`;

		this.before.hidden = this.after.hidden = n === 0;
		this.input.classList.toggle('bad', search.bad !== '');
		this.matched.title = search.bad;
		if (!search.active)
			this.matched.textContent = '';
		else if (search.bad)
			this.matched.textContent = 'no regular expression';
		else
			this.matched.textContent = 'matched ' + this.matchedText(zoom) + at;
	}

	/* "12.34%, 45.67% of zoom" */
	matchedText(zoom) {
		const { search } = this.page, all = zoomOnNode(zoom.tree, 0);
		const share = (z, whole) => formatPercent(search.weight(z), whole);

		return share(all, zoom.tree.whole) +
			(sameZoom(all, zoom) ? '' : `, ${share(zoom, zoom.weight)} of zoom`);
	}

	updateBar() {
		const focus = document.activeElement && this.bar.contains(document.activeElement) ?
			document.activeElement.getAttribute('aria-label') : null;

		this.bar.textContent = '';
		this.bar.append(...this.choosers(), ...this.switches());
		if (focus)
			this.bar.querySelector(`[aria-label="${focus}"]`)?.focus();
	}

	choosers() {
		const page = this.page, { profile, choices } = page;
		const numbers = (list, first) => [['-1', first], ...list.map((text, i) => [String(i), text])];
		const made = [chooser('Metric', profile.metrics.map((metric, i) => [String(i), metric.name]),
			choices.metric, value => page.choose({ metric: +value }))];

		if (profile.threads.length > 1)
			made.push(chooser('Thread', numbers(profile.threads.map((_, i) =>
				profile.text(profile.firstThread + i)), 'all threads'), choices.thread,
			value => page.choose({ thread: +value })));
		if (profile.processes.length > 1)
			made.push(chooser('Process', numbers(profile.processes.map((_, i) =>
				profile.text(profile.firstProcess + i)), 'all processes'), choices.process,
			value => page.choose({ process: +value })));
		made.push(chooser('Merge', [['line', 'by line'], ['function', 'by function']],
			choices.lines ? 'line' : 'function',
			value => page.choose({ lines: value === 'line' })));
		made.push(chooser('Layout', [['flame', 'flame'], ['icicle', 'icicle']],
			page.chart.icicle ? 'icicle' : 'flame', () => page.turnOver()));
		made.push(chooser('Colour', COLORS.map(key => [key, 'colour: ' + COLOR_NAMES[key]]),
			page.colors, value => page.setColors(value)));
		return made;
	}

	switches() {
		const page = this.page, { filter, collapse } = page.choices;

		return [
			barButton('Hide libraries', 'Leave out library frames (l)', filter.has(LIBRARY),
				() => page.toggleRule(LIBRARY)),
			barButton('Collapse recursion', 'A function that calls itself is one frame (r)',
				collapse, () => page.choose({ collapse: !collapse })),
			barButton('Details', 'A panel on the frame (i)', !page.panel.root.hidden,
				() => page.togglePanel()),
			barButton('Export', 'Save what is shown as folded stacks (e)', undefined,
				() => page.export()),
		];
	}

	/* ---- the way to the zoom, and what was left out --------------------------------- */

	updateTrail() {
		const crumbs = this.crumbs(), chips = this.chips();

		this.trail.textContent = '';
		this.trail.hidden = !crumbs.length && !chips.length;
		this.trail.append(...chips, ...crumbs);
		this.trail.scrollLeft = this.trail.scrollWidth;
	}

	crumbs() {
		const page = this.page, { tree, node } = page.chart.zoom;
		const nodes = [];

		for (let i = node; i >= 0; i = tree.parent[i])
			nodes.push(i);
		if (nodes.length === 1)
			return [];
		/* The first, and the last: in between there may be thousands. */
		const shown = nodes.length > 24 ? [...nodes.slice(0, 20), -1, nodes[nodes.length - 1]] :
			nodes;
		return shown.reverse().flatMap((i, at) => {
			const link = button(i < 0 ? '\u2026' : head(nameOf(tree, i), 60),
				i < 0 ? '' : head(tree.text(i), 400));

			link.className = 'crumb';
			link.disabled = i < 0 || i === node;
			link.addEventListener('click', () => page.select(zoomOnNode(tree, i)));
			return at ? [element('span', { 'aria-hidden': 'true' }, '\u203a'), link] : [link];
		});
	}

	chips() {
		const page = this.page, { profile, choices } = page, { filter, of } = choices;
		const made = filter.hidden.map(rule => chip('hidden: ' + ruleText(rule),
			() => page.toggleRule(rule)));

		if (filter.only)
			made.push(chip('only stacks with ' + ruleText(filter.only),
				() => page.choose({ filter: filter.withOnly(null) })));
		if (of >= 0)
			made.push(chip('callers and callees of ' +
				profile.text(profile.labelOfFunction(of)), () => page.choose({ of: -1 })));
		return made;
	}
}

/* A node's text without its file. */
function nameOf(tree, node) {
	return tree.text(node).slice(0, tree.nameLength(node));
}
