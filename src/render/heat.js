/* SPDX-License-Identifier: MIT */
/* The page of the heat map: files and modules on the left, one file's source on the right. */
'use strict';

const HEAT_KEYS = [
	['n, p', 'next, previous hot line'], ['h', 'hottest line'],
	['], [', 'next, previous file'], ['s', 'heat by self or total'], ['m', 'next metric'],
	['/', 'filter files'], ['t', 'light or dark'], ['?', 'these keys'],
];

class HeatPage {
	constructor(data) {
		this.data = data;
		this.module = -1; /* the one whose files alone are listed; -1: all */
		this.buildHead();
		this.buildSide();
		this.main = heatElement('main', {});
		this.said = heatElement('div', { class: 'said', role: 'status' });
		this.help = this.buildHelp();
		document.body.append(this.header, heatElement('div', { class: 'columns' },
			this.side, this.main), this.said, this.help);
		document.addEventListener('keydown', event => this.key(event));
		window.addEventListener('hashchange', () => this.follow());
		this.list();
		if (!this.follow())
			this.open(this.shown[0]);
	}

	buildHead() {
		const { data } = this;
		const title = visible(data.title) || 'Heat map';

		this.told = heatElement('p', {});
		this.metrics = heatElement('select', { 'aria-label': 'Metric', title: 'Metric (m)' },
			...data.metrics.map((metric, i) =>
				heatElement('option', { value: i }, visible(metric.name))));
		this.metrics.value = data.metric;
		this.metrics.addEventListener('change', () => this.choose(+this.metrics.value, data.kind));
		this.kinds = heatElement('select', { 'aria-label': 'Heat by', title: 'Heat by (s)' },
			heatElement('option', { value: LINE_SELF }, 'heat by self'),
			heatElement('option', { value: LINE_TOTAL }, 'heat by total'));
		this.kinds.addEventListener('change', () => this.choose(data.metric, +this.kinds.value));
		this.header = heatElement('header', {},
			heatElement('div', { class: 'what' }, heatElement('h1', {}, title), this.told),
			this.metrics, this.kinds,
			this.button('Theme', 'Light or dark (t)', () => this.theme()),
			this.button('?', 'Keys (?)', () => this.toggleHelp()));
	}

	button(text, title, action) {
		const button = heatElement('button', { type: 'button', title }, text);

		button.addEventListener('click', action);
		return button;
	}

	buildSide() {
		this.tabs = ['Files', 'Modules'].map(name => this.button(name, name + ' by heat',
			() => this.listKind(name)));
		this.listed = 'Files';
		this.filter = heatElement('input', { type: 'search', placeholder: 'Filter (/)',
			'aria-label': 'Filter by name' });
		this.filter.addEventListener('input', () => this.list());
		this.items = heatElement('ul', {});
		this.chip = this.button('', 'Show the files of all modules', () => this.ofModule(-1));
		this.chip.className = 'chip';
		this.side = heatElement('nav', { 'aria-label': 'Files and modules' },
			heatElement('div', { class: 'tabs' }, ...this.tabs), this.filter, this.chip,
			heatElement('div', { class: 'names', 'aria-hidden': 'true' },
				...['name', 'self', 'total'].map((text, i) =>
					heatElement('span', i ? { class: 'share' } : {}, text))),
			this.items);
	}

	buildHelp() {
		return heatElement('dialog', { 'aria-label': 'Keys' }, heatElement('dl', {},
			...HEAT_KEYS.flatMap(([keys, text]) =>
				[heatElement('dt', {}, keys), heatElement('dd', {}, text)])),
		...this.data.notes.map(note => heatElement('p', {}, visible(note))));
	}

	/* ---- the list ---- */

	listKind(name) {
		this.listed = name;
		this.list();
	}

	ofModule(index) {
		this.module = index;
		this.listKind('Files');
	}

	list() {
		const { data } = this;
		const files = this.listed === 'Files';
		const wanted = this.filter.value.toLowerCase();
		const all = data.sorted(files ? data.files : data.modules);

		this.tabs.forEach(tab => tab.setAttribute('aria-pressed', tab.textContent === this.listed));
		this.chip.hidden = !files || this.module < 0;
		if (this.module >= 0)
			this.chip.textContent = 'module ' +
				(visible(data.modules[this.module].name) || 'of no file') + ' \u00d7';
		this.shown = all.filter(item => (item.name + (item.path || '')).toLowerCase()
			.includes(wanted) && (!files || this.module < 0 || item.module === this.module));
		this.items.replaceChildren(...this.shown.map(item => this.item(item, files)));
		if (!this.shown.length)
			this.items.append(heatElement('li', { class: 'none' }, all.length ? 'none so named' :
				visible(data.empty)));
		this.tell();
		this.mark();
	}

	item(item, isFile) {
		const { data } = this;
		const m = data.metric;
		const most = this.shown[0];
		const kind = data.kind === LINE_SELF ? 'self' : 'total';
		const share = value => heatElement('span', { class: 'share' },
			value ? formatPercent(value, data.all()) : '');
		const button = this.button('', visible(item.path || item.name || 'no file is known'),
			() => isFile ? this.open(item) : this.ofModule(data.modules.indexOf(item)));

		button.append(heatElement('span', { class: 'name' },
			heatElement('bdi', {}, visible(item.name) || '(no file)')),
			share(item.self[m]), share(item.total[m]));
		button.style.setProperty('--width', (most[kind][m] ?
			item[kind][m] / most[kind][m] * 100 : 0).toFixed(1) + '%');
		return heatElement('li', {}, button);
	}

	/* Which file is open. */
	mark() {
		if (this.listed !== 'Files')
			return;
		this.shown.forEach((file, i) => {
			const button = this.items.children[i].firstChild;

			if (file === this.file) {
				button.setAttribute('aria-current', 'true');
				button.scrollIntoView({ block: 'nearest' });
			} else {
				button.removeAttribute('aria-current');
			}
		});
	}

	tell() {
		const { data } = this;
		const metric = data.metrics[data.metric];
		const cut = data.cut[data.metric];

		this.told.textContent = visible(metric.name) + ': ' + formatValue(data.all(), metric) +
			' in all' + (cut ? ' \u00b7 ' + formatPercent(cut, data.all()) +
			' was seen in stacks whose last frames are missing' : '');
	}

	/* ---- the file ---- */

	open(file, line) {
		if (!file) {
			this.main.replaceChildren(heatElement('p', { class: 'none' },
				visible(this.data.empty)));
			return;
		}
		const note = heatFileNote(file);

		this.file = file;
		this.source = new HeatSource(this.data, file);
		this.shares = heatElement('span', { class: 'shares' });
		this.main.replaceChildren(
			heatElement('div', { class: 'file' },
				heatElement('h2', { title: visible(file.path) }, visible(file.name) || '(no file)'),
				this.shares,
				this.button('\u2191', 'Previous hot line (p)', () => this.step(false)),
				this.button('\u2193', 'Next hot line (n)', () => this.step(true))),
			...note ? [heatElement('p', { class: 'note' }, note)] : [],
			heatElement('div', { class: 'heads', 'aria-hidden': 'true' },
				...['line', 'self', '', 'total', '', 'source'].map(text =>
					heatElement('span', {}, text))),
			heatElement('div', { class: 'pane' }, this.source.root, this.source.strip));
		this.tellShares();
		this.mark();
		this.show(line || this.data.hottestLine(file), 'quiet');
	}

	tellShares() {
		const { data, file } = this;
		const m = data.metric;
		const value = kind => kind + ' ' + formatPercent(file[kind][m], data.all()) + ' (' +
			formatValue(file[kind][m], data.metrics[m]) + ')';

		this.shares.textContent = value('self') + ', ' + value('total');
	}

	show(line, how) {
		this.source.show(line, how);
		if (!line)
			return;
		this.said.textContent = how === 'quiet' ? '' : 'line ' + line[LINE_NUMBER] + ', self ' +
			formatPercent(this.data.self(line), this.data.all()) + ', total ' +
			formatPercent(this.data.total(line), this.data.all());
		history.replaceState(null, '', '#' + encodeURIComponent(this.file.path.toWellFormed ?
			this.file.path.toWellFormed() : this.file.name) + ':' + line[LINE_NUMBER]);
	}

	/* Goes where the address says; false: it says nothing that there is. */
	follow() {
		const [, path, number] = /^#(.*):(\d+)$/.exec(location.hash) || [];
		let wanted;

		try {
			wanted = decodeURIComponent(path);
		} catch (error) {
			if (error instanceof URIError)
				return false;
			throw error;
		}
		const file = this.data.files.find(one => path !== undefined && one.path === wanted);

		if (file && !(file === this.file && this.source.line &&
			this.source.line[LINE_NUMBER] === +number))
			this.open(file, file.lines.find(line => line[LINE_NUMBER] === +number));
		return Boolean(file);
	}

	step(forward) {
		if (this.source)
			this.show(this.source.step(forward));
	}

	stepFile(by) {
		const at = this.shown.indexOf(this.file);

		if (this.listed === 'Files' && this.shown[at + by])
			this.open(this.shown[at + by]);
	}

	/* ---- what is shown of it ---- */

	choose(metric, kind) {
		this.data.choose(metric, kind);
		this.metrics.value = metric;
		this.kinds.value = kind;
		this.list();
		if (!this.source)
			return;
		this.source.color();
		this.tellShares();
		if (!this.source.hot.includes(this.source.line) && this.source.hot.length)
			this.show(this.data.hottestLine(this.file), 'quiet');
	}

	theme() {
		const root = document.documentElement;
		const dark = root.dataset.theme ? root.dataset.theme === 'dark' :
			matchMedia('(prefers-color-scheme: dark)').matches;

		root.dataset.theme = dark ? 'light' : 'dark';
	}

	toggleHelp() {
		if (this.help.open)
			this.help.close();
		else
			this.help.showModal();
	}

	key(event) {
		const { data } = this;
		const keys = {
			n: () => this.step(true),
			p: () => this.step(false),
			h: () => this.source && this.show(data.hottestLine(this.file)),
			']': () => this.stepFile(1),
			'[': () => this.stepFile(-1),
			s: () => this.choose(data.metric, data.kind === LINE_SELF ? LINE_TOTAL : LINE_SELF),
			m: () => this.choose((data.metric + 1) % data.metrics.length, data.kind),
			'/': () => this.filter.focus(),
			t: () => this.theme(),
			'?': () => this.toggleHelp(),
		};
		const typing = event.target === this.filter;

		if (typing && event.key === 'Escape')
			this.filter.blur();
		if (typing || event.ctrlKey || event.metaKey || event.altKey ||
			!Object.hasOwn(keys, event.key))
			return;
		event.preventDefault();
		keys[event.key]();
	}
}

window.heatPage = new HeatPage(new HeatData(
	JSON.parse(document.getElementById('pyprof-data').textContent)));
