// SPDX-License-Identifier: MIT
export default {
	extends: 'stylelint-config-standard',
	rules: {
		/* One rule a line where there are many of a kind: the colours. */
		'declaration-empty-line-before': null,
		'rule-empty-line-before': null,
		/* Rules stand by what they are for, not by their weight. */
		'no-descending-specificity': null,
		/* Nothing is fetched. */
		'function-url-scheme-allowed-list': [],
		'import-notation': null,
		'at-rule-disallowed-list': ['import'],
	},
};
