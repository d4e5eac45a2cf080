/* SPDX-License-Identifier: MIT */
/*
 * Makes a page of the picture: when a browser opens the file, what is drawn comes from the
 * profile in it, and the static picture goes. Where anything fails, the picture stays.
 */
'use strict';

const HINT = 'Click a frame to zoom in, press / to search, ? for all keys.';

const KEYS = [
	['Click, Enter', 'zoom on the frame'],
	['Esc, Backspace', 'back to the zoom before'],
	['0', 'reset the zoom'],
	['/, Ctrl-F', 'search; an upper case letter tells the cases apart'],
	['Tab', 'onto the frames'],
	['\u2191 \u2193', 'callee, caller'],
	['\u2190 \u2192', 'the neighbours on the row'],
	['Home', 'the root'],
	['?', 'this help'],
];

class Page {
	constructor(profile) {
		this.profile = profile;
		this.search = new Search(profile);
		this.chart = new Chart(profile, this.search);
		this.history = [];
		this.build();
		this.listen();
	}

	/* ---- what is on it --------------------------------------------------------- */

	build() {
		this.details = element('div', { class: 'details', 'aria-live': 'polite' }, HINT);
		this.tip = element('div', { class: 'tip', hidden: '' });
		this.help = this.buildHelp();
		this.root = element('div', { class: 'page' }, this.buildHeader(), this.chart.area,
			this.details, this.buildNotes(), this.tip, this.help);
		if (!this.profile.total[0])
			this.chart.area.append(element('p', { class: 'empty' }, this.profile.empty));
	}

	buildHeader() {
		const profile = this.profile;

		this.input = element('input', { type: 'search', placeholder: 'Search  /',
			'aria-label': 'Search frames', spellcheck: 'false', autocomplete: 'off' });
		this.matched = element('output', { class: 'matched' });
		this.resetButton = element('button', { type: 'button', disabled: '' }, 'Reset zoom');
		this.helpButton = element('button', { type: 'button', 'aria-label': 'Help' }, '?');
		return element('header', {},
			element('div', { class: 'heading' },
				element('h1', { title: visible(profile.title) }, visible(profile.title)),
				element('p', {}, visible(profile.subtitle))),
			element('div', { class: 'tools' }, this.matched, this.input,
				this.resetButton, this.helpButton));
	}

	buildNotes() {
		const legend = this.profile.legend.map(([text, ...colors]) => element('span', { class: 'key' },
			...colors.map(color => element('i', { class: 'swatch c' + color })), text));

		return element('footer', {}, element('p', { class: 'legend' }, ...legend),
			...this.profile.notes.map(note => element('p', {}, visible(note))));
	}

	buildHelp() {
		const rows = KEYS.map(([keys, what]) => element('tr', {},
			element('th', { scope: 'row' }, keys), element('td', {}, what)));

		return element('div', { class: 'help', role: 'dialog', 'aria-label': 'Keys',
			tabindex: -1, hidden: '' }, element('table', {}, ...rows));
	}

	/* ---- what happens ------------------------------------------------------------ */

	listen() {
		this.chart.onselect = box => this.select(box);
		this.chart.onpoint = (box, event) => this.point(box, event);
		this.chart.onfocus = box => this.showDetails(box);
		this.input.addEventListener('input', () => this.find(this.input.value));
		this.resetButton.addEventListener('click', () => this.reset());
		this.helpButton.addEventListener('click', () => this.toggleHelp());
		document.addEventListener('keydown', event => this.keyDown(event));
		window.addEventListener('resize', () => this.resized());
	}

	/* Many resize events make one layout. */
	resized() {
		if (!this.frameAsked)
			this.frameAsked = requestAnimationFrame(() => {
				this.frameAsked = 0;
				this.chart.lay();
			});
	}

	/* Zooms on a box; on what fills the width already, nothing changes. */
	select(box) {
		const zoom = zoomOnBox(this.profile, box);

		if (sameZoom(zoom, this.chart.zoom) || !zoom.weight)
			return;
		this.history.push(this.chart.zoom);
		this.show(zoom);
	}

	back() {
		if (this.history.length)
			this.show(this.history.pop());
	}

	reset() {
		if (this.history.length)
			this.show(this.history[0]);
		this.history = [];
		this.resetButton.disabled = true;
	}

	show(zoom) {
		this.chart.zoom = zoom;
		this.chart.lay();
		this.resetButton.disabled = this.history.length === 0;
		this.point(null);
		this.showMatched();
	}

	find(query) {
		this.search.set(query);
		this.chart.redraw();
		this.showMatched();
	}

	showMatched() {
		const all = zoomOnNode(this.profile, 0), zoom = this.chart.zoom;
		const share = z => formatPercent(this.search.weight(z), z.weight);

		this.matched.textContent = !this.search.active ? '' : sameZoom(all, zoom) ?
			`matched ${share(all)}` : `matched ${share(all)}, ${share(zoom)} of zoom`;
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

	/* ---- telling ------------------------------------------------------------------ */

	/* "123 samples, 4.50% of all, 12.00% of zoom" */
	measure(box) {
		const weight = boxWeight(this.profile, box), zoom = this.chart.zoom;
		const all = this.profile.total[0];
		const text = formatValue(weight, this.profile.metric) + ', ' +
			formatPercent(weight, all) + ' of all';

		if (zoom.weight === all || box.level < this.profile.level[zoom.node])
			return text;
		return `${text}, ${formatPercent(Math.min(weight, zoom.weight), zoom.weight)} of zoom`;
	}

	showDetails(box) {
		this.details.textContent = '';
		if (box)
			this.details.append(element('b', {}, this.chart.fullText(box)), ' ',
				element('span', {}, this.measure(box)));
		else
			this.details.append(HINT);
	}

	point(box, event) {
		this.tip.hidden = !box;
		if (!box) {
			this.showDetails(this.chart.atRest());
			return;
		}
		if (box !== this.tipBox || !this.tip.firstChild) {
			this.tip.textContent = '';
			this.tip.append(element('b', {}, this.chart.fullText(box)),
				element('span', {}, this.measure(box)));
			this.showDetails(box);
		}
		this.tipBox = box;
		this.placeTip(event);
	}

	/* Beside the pointer, inside the window. */
	placeTip(event) {
		const { width, height } = this.tip.getBoundingClientRect();
		const x = Math.min(event.clientX + 14, window.innerWidth - width - 8);
		const y = event.clientY + 18;

		this.tip.style.left = Math.max(x, 8) + 'px';
		this.tip.style.top = (y + height < window.innerHeight - 8 ? y :
			Math.max(event.clientY - height - 10, 8)) + 'px';
	}

	/* ---- keys ---------------------------------------------------------------------- */

	keyDown(event) {
		if (event.defaultPrevented || event.altKey || event.metaKey)
			return;
		if (this.searchKey(event) || (!event.ctrlKey && this.pageKey(event)))
			event.preventDefault();
	}

	/* The second Ctrl-F is the browser's own search. */
	searchKey(event) {
		const typing = document.activeElement === this.input;

		if (typing && event.key === 'Escape') {
			this.input.value = '';
			this.find('');
			this.input.blur();
			return true;
		}
		if (typing || !(event.ctrlKey ? event.key === 'f' : event.key === '/'))
			return false;
		this.input.focus();
		this.input.select();
		return true;
	}

	pageKey(event) {
		const keys = {
			Escape: () => this.help.hidden ? this.back() : this.toggleHelp(),
			Backspace: () => this.back(),
			'0': () => this.reset(),
			'?': () => this.toggleHelp(),
		};

		if (document.activeElement === this.input || !keys[event.key])
			return false;
		keys[event.key]();
		return true;
	}
}

/* Puts the page over the picture; `svg` is the root of its document. */
function openPage(svg) {
	const text = document.getElementById('pyprof-data').textContent;
	const page = new Page(new Profile(JSON.parse(text)));
	const holder = document.createElementNS(svg.namespaceURI, 'foreignObject');

	holder.setAttribute('width', '100%');
	holder.setAttribute('height', '100%');
	holder.append(page.root);
	svg.removeAttribute('viewBox');
	svg.setAttribute('width', '100%');
	svg.setAttribute('height', '100%');
	document.getElementById('picture').remove();
	svg.append(holder);
	page.chart.lay();
}

/* Inside another document the picture keeps to its place and stays a picture. */
if (document.documentElement.localName === 'svg')
	openPage(document.documentElement);
