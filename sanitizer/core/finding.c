// SPDX-License-Identifier: GPL-2.0-or-later
#include "finding.h"

#define BBM "DDI 0487, D8.17 \"Using break-before-make when updating translation table entries\""
#define CTX "DDI 0487, D8.17 \"TLB maintenance\" (ordering and completion of TLB maintenance)"

static const struct ptsan_rule rules[PTSAN_KINDS] = {
    [PTSAN_OA_LIVE] = {"bbm-oa-live", "F1",
		       "the output address of a live entry changed without a break in between",
		       BBM},
    [PTSAN_TYPE_LIVE] = {"bbm-type-live", "F1",
			 "memory type or shareability of a live entry changed without a break",
			 BBM},
    [PTSAN_GLOBAL_LIVE] = {"bbm-global-live", "F10", "a live entry became global without a break",
			   BBM},
    [PTSAN_CONTIGUOUS_LIVE] = {"bbm-contiguous-live", "F1",
			       "the Contiguous bit changed without a break; level 1 may do that",
			       BBM},
    [PTSAN_BLOCK_TO_TABLE_LIVE] = {"bbm-block-to-table-live", "F1",
				   "a live block was split without a break; level 2 may do that",
				   BBM},
    [PTSAN_TABLE_TO_BLOCK_LIVE] = {"bbm-table-to-block-live", "F1",
				   "a live table was merged without a break; level 2 may do that",
				   BBM},
    [PTSAN_BLOCK_TO_OTHER_TABLE] = {"bbm-block-to-other-table", "F1",
				    "a live block was split into a table that translates otherwise",
				    BBM},
    [PTSAN_TABLE_TO_OTHER_BLOCK] =
	{"bbm-table-to-other-block", "F1",
	 "a live table was merged into a block that translates otherwise", BBM},
    [PTSAN_TABLE_TO_OTHER_TABLE] = {"bbm-table-to-other-table", "F1",
				    "a live table was replaced by another one without a break",
				    BBM},
    [PTSAN_MAKE_WITHOUT_TLBI] = {"bbm-make-without-tlbi", "F2",
				 "no TLBI covers the old entry before the new one is made", BBM},
    [PTSAN_MAKE_BEFORE_DSB] = {"bbm-make-before-dsb", "F2",
			       "no DSB completes the TLBI before the new entry is made", BBM},
    [PTSAN_TLBI_BEFORE_DSB] =
	{"tlbi-before-dsb", "F3",
	 "no DSB between the store and the TLBI: walks may still see the old entry", CTX},
    [PTSAN_CONTIGUOUS_PARTLY_INVALIDATED] =
	{"contiguous-partly-invalidated", "F9",
	 "other entries of the contiguous set are still valid: a walk of one caches all again",
	 BBM},
    [PTSAN_RETURN_WITHOUT_TLBI] =
	{"return-to-user-without-tlbi", "F4",
	 "no TLBI covers what this thread took from user space before it returns", CTX},
    [PTSAN_KERNEL_WITHOUT_TLBI] = {"kernel-map-without-tlbi", "F4",
				   "no TLBI covers what this thread took from the kernel's map",
				   CTX},
    [PTSAN_STALE_USE] =
	{"stale-use", "F6",
	 "an address was used through a translation that was taken away and not flushed", CTX},
    [PTSAN_ASID_REUSED] = {"asid-reused-without-tlbi", "F4",
			   "the ASID still has cached translations of another address space", CTX},
    [PTSAN_ROOT_REPLACED] = {"root-replaced-without-tlbi", "F4",
			     "the new tables translate otherwise, and no TLBI flushed the old ones",
			     CTX},
    [PTSAN_GLOBAL_LEFT] =
	{"global-left-without-tlbi", "F4",
	 "global entries of tables that were left match the addresses of user space", CTX},
    [PTSAN_TABLE_REUSED] = {"table-reused-before-tlbi", "F7",
			    "the page was written to while a walk may still read it as a table",
			    CTX},
    [PTSAN_USE_BEFORE_BARRIER] =
	{"use-before-barrier", "F5",
	 "a new translation needs a DSB and then a context synchronization event before its use",
	 CTX},
    [PTSAN_KERNEL_NOT_FLUSHED] =
	{"kernel-map-not-flushed", "F4",
	 "more ranges of the kernel's map were taken and never flushed than a lazy purge leaves",
	 CTX},
    [PTSAN_TABLE_OUTSIDE_MEMORY] = {"table-outside-memory", "F7",
				    "a table descriptor points to where no memory is",
				    "DDI 0487, D8.2 \"Translation process\""},
    [PTSAN_CONTIGUOUS_HOLE] = {"contiguous-hole", "F9",
			       "all entries of a contiguous set must be alike and in order",
			       "DDI 0487, D8.7 \"The Contiguous bit\""},
    [PTSAN_ALIAS_WRITE_EXECUTE] = {"alias-write-execute", "F8",
				   "memory that the kernel executes is writable elsewhere",
				   "policy"},
    [PTSAN_ALIAS_WRITE_READ_ONLY] =
	{"alias-write-read-only", "F8",
	 "memory of the kernel's image that is read-only is writable elsewhere", "policy"},
    [PTSAN_ALIAS_WRITABLE] = {"alias-writable", "F8",
			      "data of the kernel's image is writable in the linear map too",
			      "policy"},
    [PTSAN_ALIAS_TYPE] = {"alias-memory-type", "F11",
			  "one piece of memory is mapped with two memory types",
			  "DDI 0487, B2.16 \"Mismatched memory attributes\""},
};

const struct ptsan_rule *ptsan_rule(enum ptsan_kind kind)
{
	return &rules[kind];
}
