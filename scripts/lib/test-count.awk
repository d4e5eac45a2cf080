# SPDX-License-Identifier: MIT
# What a suite's output says, as records: "ok", "not ok" or "skip", a tab, the text; at the
# end "total", passed, failed, skipped.
#
# Read are lines "ok NAME", "not ok NAME: why", "skip NAME: why", TAP's forms of them and its
# plan, and a last line "N passed, N failed, N skipped", which then counts for all.
# Variables: status, the suite's exit status; limit, its timeout in seconds.

function record(kind, text) {
	n[kind]++
	print kind "\t" text
}

{ last = $0 }

/^1\.\.[0-9]+$/ { plan = substr($0, 4) + 0; planned = 1; next }

/^(ok|not ok|skip)( |$)/ {
	kind = $1 == "not" ? "not ok" : $1
	text = substr($0, length(kind) + 1)
	sub(/^ +/, "", text)
	sub(/^[0-9]+ +(- )?/, "", text)
	gsub(/\t/, " ", text)
	if (kind == "ok" && match(text, /# *[Ss][Kk][Ii][Pp]/)) {
		why = substr(text, RSTART + RLENGTH)
		text = substr(text, 1, RSTART - 1)
		sub(/ *$/, "", text)
		sub(/^ */, "", why)
		record("skip", text ": " why)
	} else {
		record(kind, text)
		# A unit test program: one line for all its tests.
		if (kind == "ok" && match(text, / [0-9]+ skipped$/))
			print "skip\t" text
	}
}

END {
	if (planned && plan != n["ok"] + n["not ok"] + n["skip"])
		record("not ok", "planned " plan " tests, but not so many came")
	if (status == 124 || status == 137)
		record("not ok", "not done after " limit " s, or killed")
	else if (status != 0 && !n["not ok"])
		record("not ok", "exit status " status)
	else if (!n["ok"] && !n["not ok"] && !n["skip"])
		record("not ok", "printed no result")
	if (last ~ /^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/) {
		split(last, word, " ")
		if (word[3] < n["not ok"])
			word[3] = n["not ok"]
		printf "total\t%d\t%d\t%d\n", word[1], word[3], word[5]
	} else {
		printf "total\t%d\t%d\t%d\n", n["ok"], n["not ok"], n["skip"]
	}
}
