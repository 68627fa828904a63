// SPDX-License-Identifier: GPL-2.0-or-later
// What switches and their programs answer when they are asked whether a board is on. Pure.
#ifndef BOARD_POWER_ANSWER_H
#define BOARD_POWER_ANSWER_H

#include <stdbool.h>

// A relay board's list of channels, a line each: "CH1: ON" (some: "CH1:ON"). False: the line of
// `channel` is not there, or not whole yet.
bool answer_relay_channel(const char *text, int channel, bool *closed);

// A program's words for a board that is on or off: the first one, or the last ("Chassis Power is off").
// False: neither says so.
bool answer_program_state(const char *text, bool *on);

// uhubctl's list of ports ("  Port 2: 0100 power"). A hub of USB 3 is listed twice: the port is off when
// it is off in both. False: no such port is listed.
bool answer_usb_port(const char *text, int port, bool *on);

#endif
