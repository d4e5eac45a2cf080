/* SPDX-License-Identifier: MIT */
/*
 * Field numbers of pprof's profile.proto, and the words that our files use in it; of use to
 * pprof_write.c and pprof_read.c alone. Source: proto/profile.proto of github.com/google/pprof.
 */
#ifndef PYPROF_FORMAT_PPROF_SCHEMA_H
#define PYPROF_FORMAT_PPROF_SCHEMA_H

enum { /* message Profile */
	PPROF_SAMPLE_TYPE = 1,
	PPROF_SAMPLE = 2,
	PPROF_MAPPING = 3,
	PPROF_LOCATION = 4,
	PPROF_FUNCTION = 5,
	PPROF_STRING_TABLE = 6,
	PPROF_DROP_FRAMES = 7,
	PPROF_KEEP_FRAMES = 8,
	PPROF_TIME_NANOS = 9,
	PPROF_DURATION_NANOS = 10,
	PPROF_PERIOD_TYPE = 11,
	PPROF_PERIOD = 12,
	PPROF_COMMENT = 13,
	PPROF_DEFAULT_SAMPLE_TYPE = 14,
	PPROF_TIMELINE = 1000, /* ours */
};

enum { /* message ValueType */
	PPROF_TYPE_TYPE = 1,
	PPROF_TYPE_UNIT = 2,
};

enum { /* message Sample */
	PPROF_SAMPLE_LOCATION_ID = 1,
	PPROF_SAMPLE_VALUE = 2,
	PPROF_SAMPLE_LABEL = 3,
};

enum { /* message Label */
	PPROF_LABEL_KEY = 1,
	PPROF_LABEL_STR = 2,
	PPROF_LABEL_NUM = 3,
	PPROF_LABEL_NUM_UNIT = 4,
};

enum { /* message Mapping */
	PPROF_MAPPING_ID = 1,
	PPROF_MAPPING_START = 2,
	PPROF_MAPPING_LIMIT = 3,
	PPROF_MAPPING_OFFSET = 4,
	PPROF_MAPPING_FILENAME = 5,
	PPROF_MAPPING_BUILD_ID = 6,
};

enum { /* message Location */
	PPROF_LOCATION_ID = 1,
	PPROF_LOCATION_MAPPING_ID = 2,
	PPROF_LOCATION_ADDRESS = 3,
	PPROF_LOCATION_LINE = 4,
};

enum { /* message Line */
	PPROF_LINE_FUNCTION_ID = 1,
	PPROF_LINE_LINE = 2,
	PPROF_LINE_COLUMN = 3,
};

enum { /* message Function */
	PPROF_FUNCTION_ID = 1,
	PPROF_FUNCTION_NAME = 2,
	PPROF_FUNCTION_SYSTEM_NAME = 3,
	PPROF_FUNCTION_FILENAME = 4,
	PPROF_FUNCTION_START_LINE = 5,
};

#define PPROF_TRUNCATED	      "[truncated]" /* the leaf frame of a truncated stack */
#define PPROF_THREAD	      "thread"
#define PPROF_THREAD_ID	      "thread_id"
#define PPROF_PROCESS	      "process"
#define PPROF_PROCESS_ID      "process_id"
#define PPROF_LABEL_TRUNCATED "truncated"
#define PPROF_LABEL_PAUSED    "paused"
#define PPROF_STATE	      "state"
#define PPROF_YES	      "yes"
#define PPROF_IDLE	      "idle"
#define PPROF_GIL_WAIT	      "gil-wait"

#endif
