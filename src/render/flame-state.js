/* SPDX-License-Identifier: MIT */
/*
 * The view in the address: what follows '#' brings it back, also in the picture of another
 * recording: names, not numbers, say what is meant, and what is not there is passed over.
 */
'use strict';

/* What a fragment can hold: `write` gives a text, '' for nothing; `read` takes it back. */
const FRAGMENT = {
	zoom: {
		write: page => join(page.chart.zoom.tree.pathTexts(page.chart.zoom.node)),
		read: (page, text) => { page.wantedPath = split(text); },
	},
	callers: {
		write: page => page.chart.callers ? join(page.chart.callers.tree.pathTexts(
			page.chart.callers.node)) : '',
		read: (page, text) => { page.wantedCallers = split(text); },
	},
	search: {
		write: page => page.search.query,
		read: (page, text) => { page.wantedQuery = text; },
	},
	regex: {
		write: page => page.search.regular ? '1' : '',
		read: page => { page.regular = true; },
	},
	metric: {
		write: page => page.choices.metric === page.profile.shown.metric ? '' :
			page.profile.metrics[page.choices.metric].name,
		read: (page, text) => page.chooseFound('metric', page.profile.metrics.findIndex(
			metric => metric.name === text)),
	},
	thread: {
		write: page => page.choices.thread < 0 ? '' : threadText(page.profile,
			page.choices.thread),
		read: (page, text) => page.chooseFound('thread', findThread(page.profile, text)),
	},
	process: {
		write: page => page.choices.process < 0 ? '' :
			page.profile.rawText(page.profile.firstProcess + page.choices.process),
		read: (page, text) => page.chooseFound('process', findText(page.profile,
			page.profile.firstProcess, page.profile.processes.length, text)),
	},
	by: {
		write: page => page.choices.lines === !page.profile.shown.functions ? '' :
			page.choices.lines ? 'line' : 'function',
		read: (page, text) => {
			if (text === 'line' || text === 'function')
				page.choices.lines = text === 'line';
		},
	},
	recursion: {
		write: page => page.choices.collapse ? 'collapsed' : '',
		read: (page, text) => { page.choices.collapse = text === 'collapsed'; },
	},
	of: {
		write: page => page.choices.of < 0 ? '' :
			page.profile.rawText(page.profile.labelOfFunction(page.choices.of)),
		read: (page, text) => page.chooseFound('of', findText(page.profile,
			page.profile.frames, page.profile.functions, text)),
	},
	hide: {
		write: page => join(page.choices.filter.hidden.map(writeRule)),
		read: (page, text) => {
			page.choices.filter = new Filter(split(text).map(readRule).filter(Boolean),
				page.choices.filter.only);
		},
	},
	only: {
		write: page => page.choices.filter.only ? writeRule(page.choices.filter.only) : '',
		read: (page, text) => {
			const rule = readRule(text);

			if (rule && appliesTo(page.profile, rule))
				page.choices.filter = page.choices.filter.withOnly(rule);
		},
	},
	layout: {
		write: page => page.chart.icicle ? 'icicle' : '',
		read: (page, text) => { page.chart.icicle = text === 'icicle'; },
	},
	color: {
		write: page => page.colors === COLORS[0] ? '' : page.colors,
		read: (page, text) => { page.colors = COLORS.includes(text) ? text : COLORS[0]; },
	},
};

function writeRule(rule) {
	return rule.what + ':' + rule.name;
}

/* null: no rule of ours. */
function readRule(text) {
	const colon = text.indexOf(':'), what = text.slice(0, colon);

	return ['library', 'module', 'function'].includes(what) ?
		{ what, name: text.slice(colon + 1) } : null;
}

/* A list of any texts as one; '\\e' is an empty one. */
function join(texts) {
	return texts.map(text => text.replace(/[\\;]/g, '\\$&') || '\\e').join(';');
}

function split(text) {
	const found = text.match(/(?:\\[^]|[^\\;])+/g) || [];

	return found.map(part => part === '\\e' ? '' : part.replace(/\\([^])/g, '$1'));
}

/* A thread has another id in each recording; where it has a name of its own, that tells it. */
function threadText(profile, thread) {
	const name = profile.threads[thread][2];
	const namesakes = profile.threads.filter(other => other[2] === name);

	return name && namesakes.length === 1 ? name : profile.rawText(profile.firstThread + thread);
}

function findThread(profile, text) {
	const exact = findText(profile, profile.firstThread, profile.threads.length, text);

	return exact >= 0 ? exact : profile.threads.findIndex(thread => thread[2] === text);
}

/* Which of the `n` labels from `first` on has the text, or but for its number; -1: none. */
function findText(profile, first, n, text) {
	const texts = Array.from({ length: n }, (_, i) => profile.rawText(first + i));
	const exact = texts.indexOf(text);

	return exact >= 0 ? exact : texts.map(withoutNumber).indexOf(withoutNumber(text));
}

/* Lone surrogates cannot stand in an address. */
function encode(text) {
	return encodeURIComponent(text.replace(/\p{Cs}/gu, '\ufffd')).replace(/%20/g, '+');
}

function writeFragment(page) {
	return Object.keys(FRAGMENT).map(key => [key, FRAGMENT[key].write(page)])
		.filter(([, text]) => text !== '')
		.map(([key, text]) => key + '=' + encode(text)).join('&');
}

function readFragment(page, fragment) {
	for (const part of fragment.replace(/^#/, '').split('&')) {
		const [key, text = ''] = part.split('=', 2);

		if (!Object.hasOwn(FRAGMENT, key) || text === '')
			continue;
		try {
			FRAGMENT[key].read(page, decodeURIComponent(text.replace(/\+/g, ' ')));
		} catch (error) {
			if (!(error instanceof URIError))
				throw error;
		}
	}
}
