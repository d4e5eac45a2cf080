/* SPDX-License-Identifier: MIT */
/* The page of a diff: what it says of a frame, and what can be done there only. */
'use strict';

class DiffPage extends Page {
	build() {
		super.build();
		this.tools.header.after(this.tools.sides);
		this.chart.isByChange = () => this.colors.startsWith('change');
		this.chart.paint = box => diffColor(this.profile, this.colors, box, this.mostSelf);
	}

	/* What is told above the chart already is not told below it again. */
	buildNotes() {
		const { profile } = this, { notes } = profile;
		const isTold = note => /^((BASE|HEAD) is|Colours:|One run a side:|Perhaps renamed:) /.test(note) ||
			profile.diff.warnings.some(text => note.endsWith(text));

		profile.notes = notes.filter(note => !isTold(note));
		const made = super.buildNotes();
		profile.notes = notes;
		return made;
	}

	firstChoices() {
		return { ...super.firstChoices(), width: WIDTHS[0], shares: this.profile.diff.shares,
			joined: [] };
	}

	grow() {
		const { profile, choices } = this;

		/* Boxes that are lines have a name each, which no other one can stand for. */
		profile.join(choices.lines ? [] : choices.joined);
		/* No frame is of a function any more that counts as another one. */
		choices.of = profile.countedAs(choices.of);
		super.grow();
	}

	/* Where nothing is searched for, the greatest changes are what one looks for. */
	matches() {
		return this.search.active ? super.matches() : this.view.changes(this.changeKey());
	}

	/* What the colours are by: self or total. */
	changeKey() {
		return this.colors === 'change-total' ? 'total' : 'self';
	}

	setColors(colors) {
		this.matchAt = -1;
		super.setColors(colors);
	}

	export() {
		download('diff.folded', foldedText(this.chart.zoom, countBoth));
	}

	measure(box) {
		return this.told(box).join(' \u00b7 ');
	}

	/* The lines of the tooltip. */
	told(box) {
		const rename = this.renameOf(box);

		return [...diffLines(box), ...(rename ? [renameText(this.profile, rename)] : [])];
	}

	/* Opens the list of all of them. */
	showRenames() {
		if (this.panel.root.hidden)
			this.togglePanel();
		this.panel.openRenames();
	}

	renameOf(box) {
		const fn = box.frames ? -1 : this.profile.functionOfLabel(box.tree.label[box.node]);

		return fn < 0 ? null : this.profile.renameOf(fn);
	}

	tipParts(box) {
		return this.told(box).map(line => element('span', {}, line));
	}

	/* Where the function is widest; where this view has it not, all of its callers. */
	goTo(fn) {
		const { view, profile } = this, counted = profile.countedAs(fn);
		let best = -1;

		for (let i = 0; i < view.count; i++)
			if (profile.functionOfLabel(view.label[i]) === counted &&
					(best < 0 || view.total[i] > view.total[best]))
				best = i;
		if (best < 0)
			this.choose({ of: counted });
		else
			this.select(zoomOnNode(view, best));
	}

	/* Whether the two functions of a rename count as one. */
	toggleJoined(index) {
		const { joined } = this.choices;

		this.choose({ joined: joined.includes(index) ? joined.filter(i => i !== index) :
			[...joined, index] });
	}
}

/* Behind a stack: base, head, as recorded. */
function countBoth(tree, node) {
	const values = tree.sides.map(side => side.self[node]);

	return values.some(Boolean) ? values.map(countText).join(' ') : '';
}

Object.assign(PARTS, { Page: DiffPage, Profile: DiffProfile, Builder: DiffBuilder, Chart: DiffChart,
	Tools: DiffTools, Legend: DiffLegend, Panel: DiffPanel });
