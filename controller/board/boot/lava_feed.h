// SPDX-License-Identifier: GPL-2.0-or-later
// The process between lava-run and the console's line: it keeps what lava-run writes as it came, and
// hands on what the board said. A process of its own, so that the line is a stream as any other.
#ifndef BOARD_BOOT_LAVA_FEED_H
#define BOARD_BOOT_LAVA_FEED_H

#include "base/process.h"

// What lava-run came to, a byte each on `news`.
#define LAVA_NEWS_BOOT 'b' // the board gets, or got, its power
#define LAVA_NEWS_TEST 't' // the boot loader's commands are done
#define LAVA_NEWS_END  'e' // it is at its own end: nothing of the board is wanted any more

// Starts it. Borrowed: `stream` (lava-run's output), `console` (gets what the board said), `log` (gets
// the stream), `news` (non-blocking). It ends at the stream's end, or with its parent.
struct error *lava_feed_start(int stream, int console, int log, int news,
			      struct process *out) ERROR_RESULT;

#endif
