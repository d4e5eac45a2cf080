/* SPDX-License-Identifier: MIT */
/*
 * Makes a page of the picture: when a browser opens the file, what is drawn comes from the
 * profile in it, and the static picture goes. Where anything fails, the picture stays.
 * flame-open.js begins it.
 */
'use strict';

const HINT = 'Click a frame to zoom in, press / to search, ? for all keys.';

class Page {
	constructor(profile) {
		this.profile = profile;
		this.search = new Search(profile);
		this.chart = new PARTS.Chart(this.search);
		this.keys = new Keys(this);
		this.history = [];
		this.regular = false;
		this.colors = COLORS[0];
		this.matchAt = -1; /* which match was shown last */
		this.build();
		this.listen();
	}

	/* ---- what is on it --------------------------------------------------------- */

	build() {
		this.details = element('div', { class: 'details', 'aria-live': 'polite' }, HINT);
		this.tip = element('div', { class: 'tip', hidden: '' });
		this.tools = new PARTS.Tools(this);
		this.legend = new PARTS.Legend(this);
		this.panel = new PARTS.Panel(this);
		this.empty = element('p', { class: 'empty', hidden: '' });
		this.chart.area.append(this.empty);
		this.root = element('div', { class: 'page' }, this.tools.header, this.tools.bar,
			this.tools.trail, element('main', {}, this.chart.area, this.panel.root),
			this.details, this.buildNotes(), this.tip, this.keys.help);
		this.chart.paint = box => boxColor(this.profile, this.colors, box, this.mostSelf);
	}

	buildNotes() {
		return element('footer', {}, this.legend.root,
			...this.profile.notes.map(note => element('p', {}, visible(note))));
	}

	listen() {
		this.chart.onselect = box => this.selectBox(box);
		this.chart.onpoint = (box, event) => this.point(box, event);
		this.chart.onfocus = box => this.tell(box);
		document.addEventListener('keydown', event => this.keys.down(event));
		window.addEventListener('resize', () => this.resized());
		window.addEventListener('hashchange', () => {
			if (location.hash.slice(1) !== this.fragment)
				this.start(location.hash);
		});
	}

	/* Many resize events make one layout. */
	resized() {
		if (!this.frameAsked)
			this.frameAsked = requestAnimationFrame(() => {
				this.frameAsked = 0;
				this.chart.lay();
			});
	}

	/* ---- which view it is -------------------------------------------------------- */

	/* As the picture shows it, but for what the address says. */
	start(fragment) {
		this.choices = this.firstChoices();
		this.wantedPath = [];
		this.wantedCallers = [];
		this.wantedQuery = '';
		this.regular = this.chart.icicle = false;
		this.colors = COLORS[0];
		this.history = [];
		readFragment(this, fragment);
		this.tools.input.value = this.wantedQuery;
		this.search.set(this.wantedQuery, this.regular);
		this.grow();
		if (this.chart.callers)
			this.chart.callers = zoomOnNode(this.chart.callers.tree,
				this.chart.callers.tree.follow(this.wantedCallers, false));
		this.zoomTo(this.wantedPath, false);
		this.chart.showRoot();
		this.ready = true;
	}

	firstChoices() {
		const { metric, functions, threads, processes } = this.profile.shown;

		return { metric, thread: -1, process: -1, lines: !functions, byThread: threads > 0,
			byProcess: processes > 0, collapse: false, filter: new Filter(), of: -1 };
	}

	/* What a fragment names may not be in this recording. */
	chooseFound(key, found) {
		if (found >= 0)
			this.choices[key] = found;
	}

	/* Builds the trees that are chosen. */
	grow() {
		const { profile, choices, chart } = this;

		this.history.forEach(forgetTrees);
		this.view = new PARTS.Builder(profile, choices).down();
		chart.zoom = zoomOnNode(this.view, 0);
		chart.callers = null;
		if (choices.of >= 0)
			chart.callers = zoomOnNode(new PARTS.Builder(profile, choices).up(), 0);
		this.matchAt = -1;
		this.mostSelf = this.view.self.reduce((a, b) => Math.max(a, b), 0);
		this.empty.hidden = this.view.total[0] > 0;
		this.empty.textContent = this.whyEmpty();
	}

	whyEmpty() {
		const { profile, choices } = this;

		if (profile.total(choices.metric))
			return 'Nothing is left of this view: undo what was chosen above.';
		return profile.sampleNode.length ?
			`Nothing was measured in ${profile.metrics[choices.metric].name}.` : profile.empty;
	}

	zoomTo(path, loose) {
		this.chart.zoom = zoomOnNode(this.view, this.view.follow(path, loose));
		this.chart.lay();
		this.changed();
	}

	/* Another view of the profile; the zoom stays where it can. */
	choose(choices) {
		const path = this.chart.zoom.tree.pathTexts(this.chart.zoom.node);
		const hadFocus = this.chart.canvas.contains(document.activeElement);

		if (Object.keys(choices).every(key => choices[key] === this.choices[key]))
			return;
		if ('of' in choices || 'filter' in choices)
			this.remember();
		Object.assign(this.choices, choices);
		this.chart.current = null;
		this.grow();
		this.zoomTo('of' in choices ? [] : path, true);
		if ('of' in choices)
			this.chart.showRoot();
		if (hadFocus)
			this.chart.focusCurrent();
	}

	/* Whatever is shown has changed. */
	changed() {
		this.tools.update();
		this.legend.update(this.colors);
		this.chart.settle();
		this.point(null);
		this.pointed = this.chart.underPointer();
		this.panel.show(this.chart.atRest());
		this.writeAddress();
	}

	/* In a frame without an origin of its own the address may not be changed. */
	writeAddress() {
		this.fragment = writeFragment(this);
		if (!this.ready)
			return;
		try {
			history.replaceState(null, '', '#' + this.fragment);
		} catch {
			/* Then the view has no address. */
		}
	}

	turnOver() {
		this.chart.icicle = !this.chart.icicle;
		this.chart.lay();
		this.chart.showRoot();
		this.changed();
	}

	setColors(colors) {
		this.colors = colors;
		this.chart.redraw();
		this.changed();
	}

	/* ---- zoom ---------------------------------------------------------------------- */

	/* Zooms on a box; on what fills the width already, nothing changes. */
	selectBox(box) {
		this.select(zoomOnBox(box));
	}

	select(zoom) {
		if (sameZoom(zoom, this.chart.zoomOf(zoom.tree)) || !zoom.weight)
			return;
		this.remember();
		this.show(zoom);
	}

	remember() {
		this.history.push({ choices: { ...this.choices }, zoom: this.chart.zoom,
			callers: this.chart.callers });
	}

	back() {
		const last = this.history.pop();

		if (!last)
			return;
		if (last.choices.of !== this.choices.of || last.choices.filter !== this.choices.filter) {
			this.choices.of = last.choices.of;
			this.choices.filter = last.choices.filter;
			this.grow();
		}
		this.restore(last);
	}

	/* Where the trees are others by now, the path is looked for. */
	restore({ zoom, callers, path }) {
		if (callers)
			this.chart.callers = callers;
		this.show(zoom || zoomOnNode(this.view, this.view.follow(path, true)));
	}

	canReset() {
		const { zoom, callers } = this.chart;

		return zoom.node > 0 || zoom.weight < this.view.total[0] ||
			(callers !== null && callers.node > 0);
	}

	/* The whole of the view: what was left out stays out. */
	reset() {
		this.history = [];
		if (this.chart.callers)
			this.chart.callers = zoomOnNode(this.chart.callers.tree, 0);
		this.show(zoomOnNode(this.view, 0));
	}

	show(zoom) {
		const from = this.chart.zoom;

		if (this.chart.callers && zoom.tree === this.chart.callers.tree)
			this.chart.callers = zoom;
		else
			this.chart.zoom = zoom;
		this.chart.lay(from);
		this.changed();
	}

	/* ---- search ---------------------------------------------------------------------- */

	find(query) {
		this.search.set(query, this.regular);
		this.matchAt = -1;
		this.chart.redraw();
		this.tools.update();
		this.writeAddress();
	}

	toggleRegular() {
		this.regular = !this.regular;
		this.find(this.tools.input.value);
	}

	/* What n and N go through. */
	matches() {
		return this.search.active ? this.search.order(this.view) : [];
	}

	/*
	 * The next match, or the one before; where its box is too thin, the zoom goes there. `stay`: the
	 * focus does not.
	 */
	showMatch(step, stay) {
		const order = this.matches();

		if (!order.length)
			return;
		this.matchAt = this.matchAt < 0 && step < 0 ? order.length - 1 :
			(this.matchAt + step + order.length) % order.length;
		const node = order[this.matchAt], box = this.chart.boxOfNode({ tree: this.view, node });
		if (!box || box.frames || box.width < MIN_TEXT) {
			this.select(zoomOnNode(this.view, node));
			this.chart.current = { tree: this.view, node };
		}
		const found = this.chart.boxOfNode({ tree: this.view, node });
		if (found && stay)
			this.chart.showBox(found);
		else if (found)
			this.chart.focusBox(found);
		if (found)
			this.tell(found);
		this.tools.updateMatched();
	}

	/* ---- what can be done with a frame ------------------------------------------------- */

	/* The box that is meant: pointed at, else focused, else zoomed on. */
	meant() {
		return this.pointed || this.chart.atRest();
	}

	toggleRule(rule) {
		const { filter } = this.choices;

		if (rule)
			this.choose({ filter: filter.has(rule) ? filter.without(rule) : filter.with(rule) });
	}

	hideLabel(label) {
		this.toggleRule(functionRule(this.profile, label));
	}

	hideModule(label) {
		this.toggleRule(moduleRule(this.profile, label));
	}

	onlyLabel(label) {
		const rule = functionRule(this.profile, label), { only } = this.choices.filter;

		if (rule && !(only && sameRule(rule, only)))
			this.choose({ filter: this.choices.filter.withOnly(rule) });
	}

	callersOf(label) {
		const fn = this.profile.functionOfLabel(label);

		if (fn >= 0 && this.profile.kind(label) !== KIND_MARK)
			this.choose({ of: fn });
	}

	togglePanel() {
		this.panel.root.hidden = !this.panel.root.hidden;
		this.panel.show(this.meant());
		this.chart.lay();
		this.tools.update();
	}

	async copyStack(box) {
		const done = await copyText(stackText(box.tree, box.node));

		this.details.textContent = done ? 'Copied.' : 'The browser does not let the stack be copied.';
	}

	export() {
		const { zoom } = this.chart;

		download('profile.folded', foldedText(zoom));
	}

	/* ---- telling ------------------------------------------------------------------ */

	/* "123 samples, 4.50% of all, 12.00% of zoom, self 1.00%" */
	measure(box) {
		const weight = boxWeight(box), zoom = this.chart.zoomOf(box.tree), { tree } = box;
		const all = tree.whole;
		let text = formatValue(weight, tree.metric) + ', ' + formatPercent(weight, all) + ' of all';

		if (zoom.weight !== all && box.level >= tree.level[zoom.node])
			text += `, ${formatPercent(Math.min(weight, zoom.weight), zoom.weight)} of zoom`;
		if (!box.frames && tree.self[box.node])
			text += `, self ${formatValue(tree.self[box.node], tree.metric)} ` +
				`(${formatPercent(tree.self[box.node], all)})`;
		return text;
	}

	tipParts(box) {
		return [element('span', {}, this.measure(box))];
	}

	showDetails(box) {
		this.details.textContent = '';
		if (box)
			this.details.append(element('b', {}, this.chart.fullText(box)), ' ',
				element('span', {}, this.measure(box)));
		else
			this.details.append(HINT);
	}

	tell(box) {
		this.showDetails(box);
		this.panel.show(box);
	}

	point(box, event) {
		this.pointed = box;
		this.tip.hidden = !box;
		if (!box) {
			this.tipBox = null;
			this.showDetails(this.chart.atRest());
			return;
		}
		if (box !== this.tipBox || !this.tip.firstChild) {
			this.tip.textContent = '';
			this.tip.append(element('b', {}, this.chart.fullText(box)),
				...this.tipParts(box));
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

	toggleHelp() {
		this.keys.toggleHelp();
	}
}

/* What a page is made of; flame-diff.js puts others in their place. */
const PARTS = { Page, Profile, Builder, Chart, Tools, Legend, Panel };

/* A view to come back to keeps no tree alive that is not shown any more. */
function forgetTrees(past) {
	if (past.zoom)
		past.path = past.zoom.tree.pathTexts(past.zoom.node);
	past.zoom = past.callers = null;
}

/* Puts the page over the picture; `svg` is the root of its document. */
function openPage(svg) {
	const text = document.getElementById('pyprof-data').textContent;
	const page = new PARTS.Page(new PARTS.Profile(JSON.parse(text)));
	const holder = document.createElementNS(svg.namespaceURI, 'foreignObject');
	const size = ['viewBox', 'width', 'height'].map(name => [name, svg.getAttribute(name)]);

	holder.setAttribute('width', '100%');
	holder.setAttribute('height', '100%');
	holder.append(page.root);
	svg.removeAttribute('viewBox');
	svg.setAttribute('width', '100%');
	svg.setAttribute('height', '100%');
	svg.append(holder);
	try {
		page.start(location.hash);
		document.getElementById('picture').remove();
	} catch (error) {
		holder.remove();
		size.forEach(([name, value]) => svg.setAttribute(name, value));
		throw error;
	}
}
