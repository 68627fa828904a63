// SPDX-License-Identifier: GPL-2.0-or-later
// ESR_EL1 by the bits of the Arm ARM: every class with every fault status, read and write, at each kind of
// address.
#include "unit/unit.h"

#include "detect/detect.h"
#include "detect/syndrome.h"

// The headline of arch/arm64/mm/fault.c, case by case.
static const char *slow_kind(unsigned class, unsigned status, bool write, uint64_t va)
{
	bool instruction = class == 0x20 || class == 0x21, data = class == 0x24 || class == 0x25;
	if (!instruction && !data)
		return "";
	switch (status) {
	case 0x30:
		return "tlb_conflict";
	case 0x0c:
	case 0x0d:
	case 0x0e:
	case 0x0f:
		if ((va & UINT64_C(0x0080000000000000)) == 0)
			return instruction ? "user_exec" : "user_access";
		return instruction ? "exec_nx" : write ? "write_ro" : "read_unreadable";
	case 0x04:
	case 0x05:
	case 0x06:
	case 0x07:
		return va < 4096 ? "null" : "paging";
	default:
		return "";
	}
}

static void every_syndrome_has_the_kernels_words(void **state)
{
	(void)state;
	static const uint64_t places[] = {0,
					  8,
					  4095,
					  4096,
					  UINT64_C(0x0000aaaab0001234),
					  UINT64_C(0x007fffffffffffff),
					  UINT64_C(0x0080000000000000),
					  UINT64_C(0xffff800012345678),
					  UINT64_MAX};
	for (unsigned class = 0; class < 64; class ++) {
		for (unsigned status = 0; status < 64; status++) {
			for (unsigned write = 0; write < 2; write++) {
				// Other bits of it say nothing of this.
				uint64_t esr = (uint64_t) class << 26 | UINT64_C(0x100000000) |
					       1u << 25 | 0x380 | write << 6 | status;
				assert_int_equal(esr_class(esr), class);
				assert_int_equal(esr_fault_status(esr), status);
				assert_true(esr_is_data_abort(esr) ==
					    (class == 0x24 || class == 0x25));
				assert_true(esr_is_abort(esr) == (class == 0x20 || class == 0x21 ||
								  class == 0x24 || class == 0x25));
				assert_true(esr_is_tlb_conflict(esr) ==
					    (esr_is_abort(esr) && status == 0x30));
				for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
					assert_string_equal(
					    esr_fault_kind(esr, places[i]),
					    slow_kind(class, status, write, places[i]));
			}
		}
	}
}

static void words_of_numbers_beyond_the_field_are_reserved(void **state)
{
	(void)state;
	assert_string_equal(detect_class_of_exception(0x3c), "BRK");
	assert_string_equal(detect_class_of_exception(0x3f), "reserved");
	assert_string_equal(detect_class_of_exception(64), "reserved");
	assert_string_equal(detect_fault_status(0x30), "TLB conflict abort");
	assert_string_equal(detect_fault_status(0x3f), "reserved");
	assert_string_equal(detect_fault_status(64), "reserved");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_syndrome_has_the_kernels_words),
	    cmocka_unit_test(words_of_numbers_beyond_the_field_are_reserved),
	};
	return cmocka_run_group_tests_name("detect/syndrome", tests, NULL, NULL);
}
