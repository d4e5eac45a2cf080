/* SPDX-License-Identifier: MIT */
/* The keys of the page; those of the chart itself are in flame-chart.js. */
'use strict';

/* [keys as shown, what they do, keys as events have them, call] */
const KEYS = [
	['Click, Enter', 'zoom on the frame'],
	['Esc, Backspace', 'back to the view before', ['Escape', 'Backspace'], page => page.back()],
	['0', 'reset the zoom', ['0'], page => page.reset()],
	['/, Ctrl-F', 'search; an upper case letter tells the cases apart'],
	['x', 'search by a regular expression', ['x'], page => page.toggleRegular()],
	['n, N', 'the next match, the one before', ['n'], page => page.showMatch(1)],
	['', '', ['N'], page => page.showMatch(-1)],
	['Tab', 'onto the frames'],
	['\u2191 \u2193', 'the row above, the row below'],
	['\u2190 \u2192', 'the neighbours on the row'],
	['Home', 'the root'],
	['g', 'the next metric', ['g'], page => page.choose({ metric:
		(page.choices.metric + 1) % page.profile.metrics.length })],
	['v', 'turn over: flame, icicle', ['v'], page => page.turnOver()],
	['f', 'merge by line, by function', ['f'], page => page.choose({ lines: !page.choices.lines })],
	['r', 'recursion collapsed or not', ['r'],
		page => page.choose({ collapse: !page.choices.collapse })],
	['k', 'colour by module, kind, self time', ['k'], page => page.setColors(
		COLORS[(COLORS.indexOf(page.colors) + 1) % COLORS.length])],
	['l', 'hide library frames', ['l'], page => page.toggleRule(LIBRARY)],
	['h', 'hide the function', ['h'], (page, label) => page.hideLabel(label)],
	['m', 'hide its module', ['m'], (page, label) => page.hideModule(label)],
	['o', 'only the stacks that it is in', ['o'], (page, label) => page.onlyLabel(label)],
	['s', 'its callers and callees, wherever it is', ['s'], (page, label) => page.callersOf(label)],
	['i', 'a panel with all that is known of it', ['i'], page => page.togglePanel()],
	['c', 'copy its stack', ['c'], (page, label, box) => page.copyStack(box)],
	['e', 'save the view as folded stacks', ['e'], page => page.export()],
	['?', 'this help', ['?'], page => page.toggleHelp()],
];

class Keys {
	constructor(page) {
		const rows = KEYS.filter(([keys]) => keys).map(([keys, what]) => element('tr', {},
			element('th', { scope: 'row' }, keys), element('td', {}, what)));

		this.page = page;
		this.calls = new Map(KEYS.flatMap(([, , events = [], call]) =>
			events.map(key => [key, call])));
		this.help = element('div', { class: 'help', role: 'dialog', 'aria-label': 'Keys',
			tabindex: -1, hidden: '' }, element('table', {}, ...rows));
	}

	/* Closed, it gives the focus back to where it was. */
	toggleHelp() {
		this.help.hidden = !this.help.hidden;
		if (this.help.hidden) {
			if (this.focusBefore)
				this.focusBefore.focus();
			return;
		}
		this.focusBefore = document.activeElement;
		this.help.focus();
	}

	down(event) {
		if (event.defaultPrevented || event.altKey || event.metaKey)
			return;
		if (this.inSearch(event) || (!event.ctrlKey && this.onPage(event)))
			event.preventDefault();
	}

	/* The second Ctrl-F is the browser's own search. */
	inSearch(event) {
		const { page } = this, { input } = page.tools;
		const typing = document.activeElement === input;

		if (typing && event.key === 'Escape') {
			input.value = '';
			page.find('');
			input.blur();
			return true;
		}
		if (typing || !(event.ctrlKey ? event.key === 'f' : event.key === '/'))
			return false;
		input.focus();
		input.select();
		return true;
	}

	/* What is done with a frame needs one. */
	onPage(event) {
		const { page } = this, call = this.calls.get(event.key);
		const name = document.activeElement ? document.activeElement.localName : '';

		if (!call || name === 'input' || name === 'select')
			return false;
		if (!this.help.hidden) {
			if (event.key !== '?' && event.key !== 'Escape')
				return false;
			this.toggleHelp();
			return true;
		}
		if (call.length < 2) {
			call(page);
			return true;
		}
		const box = page.meant();
		if (box && !box.frames)
			call(page, box.tree.label[box.node], box);
		return true;
	}
}
