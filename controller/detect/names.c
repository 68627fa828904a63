// SPDX-License-Identifier: GPL-2.0-or-later
// The names under which states and results appear in logs and documents; stable.
#include "detect/detect.h"

const char *detect_state_name(enum detect_state state)
{
	static const char *const names[DETECT_STATE_COUNT] = {
	    [DETECT_STATE_OFF] = "off",
	    [DETECT_STATE_FIRMWARE] = "firmware",
	    [DETECT_STATE_BOOTLOADER] = "bootloader",
	    [DETECT_STATE_HANDOVER] = "handover",
	    [DETECT_STATE_KERNEL_EARLY] = "kernel_early",
	    [DETECT_STATE_KERNEL] = "kernel",
	    [DETECT_STATE_USERSPACE] = "userspace",
	    [DETECT_STATE_READY] = "ready",
	};
	return (unsigned)state < DETECT_STATE_COUNT ? names[state] : "?";
}

const char *detect_outcome_name(enum detect_outcome outcome)
{
	static const char *const names[DETECT_OUTCOME_COUNT] = {
	    [DETECT_OUTCOME_OK] = "ok",
	    [DETECT_OUTCOME_NO_OUTPUT] = "no_output",
	    [DETECT_OUTCOME_GARBAGE] = "garbage",
	    [DETECT_OUTCOME_STUCK_FIRMWARE] = "stuck_firmware",
	    [DETECT_OUTCOME_STUCK_BOOTLOADER] = "stuck_bootloader",
	    [DETECT_OUTCOME_NO_KERNEL_OUTPUT] = "no_kernel_output",
	    [DETECT_OUTCOME_STUCK_KERNEL_EARLY] = "stuck_kernel_early",
	    [DETECT_OUTCOME_STUCK_KERNEL] = "stuck_kernel",
	    [DETECT_OUTCOME_STUCK_USERSPACE] = "stuck_userspace",
	    [DETECT_OUTCOME_PANIC] = "panic",
	    [DETECT_OUTCOME_RESET] = "reset",
	    [DETECT_OUTCOME_BOOT_LOOP] = "boot_loop",
	    [DETECT_OUTCOME_WATCHDOG] = "watchdog",
	    [DETECT_OUTCOME_HANG] = "hang",
	    [DETECT_OUTCOME_TRUNCATED] = "truncated",
	    [DETECT_OUTCOME_INTERRUPTED] = "interrupted",
	};
	return (unsigned)outcome < DETECT_OUTCOME_COUNT ? names[outcome] : "?";
}

const char *detect_test_result_name(enum detect_test_result result)
{
	static const char *const names[DETECT_TEST_RESULT_COUNT] = {
	    [DETECT_TEST_PASS] = "pass",
	    [DETECT_TEST_FAIL] = "fail",
	    [DETECT_TEST_SKIP] = "skip",
	    [DETECT_TEST_XFAIL] = "xfail",
	    [DETECT_TEST_XPASS] = "xpass",
	    [DETECT_TEST_ERROR] = "error",
	    [DETECT_TEST_INCOMPLETE] = "incomplete",
	};
	return (unsigned)result < DETECT_TEST_RESULT_COUNT ? names[result] : "?";
}

const char *detect_close_name(enum detect_close close)
{
	static const char *const names[] = {
	    [DETECT_CLOSE_MARKER] = "marker",   [DETECT_CLOSE_NATURAL] = "natural",
	    [DETECT_CLOSE_HEADER] = "header",   [DETECT_CLOSE_FOREIGN] = "foreign",
	    [DETECT_CLOSE_IDLE] = "idle",       [DETECT_CLOSE_REBOOT] = "reboot",
	    [DETECT_CLOSE_EVICTED] = "evicted", [DETECT_CLOSE_CAP] = "cap",
	    [DETECT_CLOSE_END] = "end",
	};
	return (unsigned)close <= DETECT_CLOSE_END ? names[close] : "?";
}
