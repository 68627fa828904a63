// SPDX-License-Identifier: GPL-2.0-or-later
// The record protocol: what a host reads. docs/firmware.md lists the kinds.
//
//     #mm KIND key=value key="two words" ... q=N *hh
//
// q counts all records from 0; hh is the XOR of the bytes between '#' and " *"; the last record,
// `end`, carries the CRC-32 of all before it. A lost or garbled byte is therefore noticed.
#ifndef FIRMWARE_REPORT_RECORD_H
#define FIRMWARE_REPORT_RECORD_H

#include <stdint.h>

#define RECORD_LINE_MAX 240 // characters, without CR LF

// Begins a record; the console is held until record_end(). A record too long for one line goes on
// in another of the same kind, which repeats the first key.
void record_begin(const char *kind);
void record_text(const char *key, const char *value); // blanks: quoted; quotes become '
void record_unsigned(const char *key, uint64_t value);
void record_signed(const char *key, int64_t value);
void record_milli(const char *key, uint64_t thousandths); // "12" or "12.345"
void record_hex(const char *key, uint64_t value);
void record_end(void);

// CRC-32 of all records printed so far.
uint32_t record_crc(void);

#endif
