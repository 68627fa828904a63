// SPDX-License-Identifier: GPL-2.0-or-later
// Findings of the page-table sanitizer for people: those of one fault together, in words.
#ifndef SANITIZER_DESCRIBE_H
#define SANITIZER_DESCRIBE_H

#include "sanitizer/names.h"

// Findings of one rule with one writer and one function that had taken the old translation away.
struct finding_group {
	const struct reported_finding *first; // told whole where any was
	char function[ADDRESS_NAME_SIZE]; // of the writer; "": nobody's, it stands in the tables
	char author[ADDRESS_NAME_SIZE];   // "": nobody took anything away
	uint64_t told, counted; // how often: as told one by one, and as counted at the end
};

// A range of the image, in bytes from its begin, that the linear map must not hold writable.
struct lone_data {
	uint64_t start, end; // both 0: there is none
};

uint64_t finding_times(const struct finding_group *g);

// The groups of what is wrong at break-before-make level `level`, in order of the report; the caller
// frees.
struct finding_group *finding_groups(const struct sanitizer_report *r,
				     const struct address_names *n, unsigned level,
				     const struct lone_data *lone, size_t *count);

// 64 bits that are the same in each boot and build: of the rule and the function; with the one that
// cleared; with all callers.
struct finding_signatures {
	uint64_t coarse, usual, fine;
};
struct finding_signatures finding_sign(const struct finding_group *g,
				       const struct address_names *n);

// One line: "bbm-oa-live in do_wp_page, cleared by ptep_clear_flush".
void finding_title(const struct finding_group *g, struct buffer *out);
// All that is known of it, as a report of several lines.
void finding_describe(const struct finding_group *g, const struct address_names *n,
		      struct buffer *out);
// One line of what is missing, by the rule's name; "" for one that is not known here.
const char *finding_missing(const char *rule);

// Names of all rules, for `i` from 0 on; NULL behind the last.
const char *finding_rule_name(size_t i);

#endif
