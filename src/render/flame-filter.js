/* SPDX-License-Identifier: MIT */
/*
 * What is left out of a view, in rules that can be listed and undone.
 *
 * A rule is {what, name}: what is 'library' (site-packages, standard library, import machinery),
 * 'function' (its text without a line) or 'module'. Hidden frames disappear from their stacks,
 * which keep their weight; `only` keeps the stacks that one of its frames is in, whole.
 */
'use strict';

class Filter {
	constructor(hidden = [], only = null) {
		this.hidden = hidden;
		this.only = only;
	}

	has(rule) {
		return this.hidden.some(other => sameRule(other, rule));
	}

	with(rule) {
		return this.has(rule) ? this : new Filter([...this.hidden, rule], this.only);
	}

	without(rule) {
		return new Filter(this.hidden.filter(other => !sameRule(other, rule)), this.only);
	}

	withOnly(rule) {
		return new Filter(this.hidden, rule);
	}

	/* Per frame, 1 where it is shown. The root and the truncation mark always are. */
	keptFrames(profile) {
		const kept = new Uint8Array(profile.frames).fill(1);

		for (const rule of this.hidden)
			eachFrameOf(profile, rule, frame => { kept[frame] = 0; });
		return kept;
	}

	/* Per node, 1 where its stack has a frame that is asked for; null: all of them. */
	wantedNodes(profile) {
		if (!this.only)
			return null;
		const frames = new Uint8Array(profile.frames), nodes = new Uint8Array(profile.count);

		eachFrameOf(profile, this.only, frame => { frames[frame] = 1; });
		for (let i = 1; i < profile.count; i++)
			nodes[i] = nodes[profile.parent[i]] | frames[profile.frame[i]];
		return nodes;
	}
}

function sameRule(a, b) {
	return a.what === b.what && a.name === b.name;
}

const LIBRARY = { what: 'library', name: '' };

/* A rule by the function that a label names; null where it names none. */
function functionRule(profile, label) {
	const fn = profile.functionOfLabel(label);

	return fn < 0 || profile.kind(label) === KIND_MARK ? null :
		{ what: 'function', name: profile.rawText(profile.labelOfFunction(fn)) };
}

function moduleRule(profile, label) {
	const module = profile.module(label);

	return module < 0 ? null : { what: 'module', name: profile.modules[module] };
}

function ruleText(rule) {
	return rule.what === 'library' ? 'library frames' : visible(rule.name);
}

function isLibrary(kind) {
	return kind === KIND_LIBRARY || kind === KIND_STANDARD;
}

/* Is there any frame that the rule is about? */
function appliesTo(profile, rule) {
	let found = false;

	eachFrameOf(profile, rule, () => { found = true; });
	return found;
}

/* The functions of that text. Of one that was renamed either name will do. */
function functionsOf(profile, text) {
	const found = new Set();

	for (let fn = 0; fn < profile.functions; fn++)
		if (profile.rawText(profile.labelOfFunction(fn)) === text)
			found.add(profile.countedAs(fn));
	return found;
}

function eachFrameOf(profile, rule, call) {
	const functions = rule.what === 'function' ? functionsOf(profile, rule.name) : null;
	const fits = {
		library: frame => isLibrary(profile.frameKind[frame]),
		module: frame => profile.frameModule[frame] >= 0 &&
			profile.modules[profile.frameModule[frame]] === rule.name,
		function: frame => functions.has(profile.functionOf[frame]),
	}[rule.what];

	for (let frame = 1; fits && frame < profile.frames; frame++)
		if (profile.frameKind[frame] !== KIND_MARK && fits(frame))
			call(frame);
}
