/* SPDX-License-Identifier: MIT */
/* The last of the script: all that a page is made of is there. */
'use strict';

/* Inside another document the picture keeps to its place and stays a picture. */
if (document.documentElement.localName === 'svg')
	openPage(document.documentElement);
