// SPDX-License-Identifier: GPL-2.0-or-later
// board/claim_names.c: two names for one thing are one claim, two things are two.
#include "unit/unit.h"

#include "base/cleanup.h"
#include "board/claim_names.h"

#define OWN "lab-7.example.org"

static void hosts(const char *const *names, size_t count, const char *wanted)
{
	for (size_t i = 0; i < count; i++) {
		CLEANUP_FREE char *name = claim_host(names[i], OWN);
		if (strcmp(name, wanted) != 0)
			fail_msg("%s is %s, wanted %s", names[i], name, wanted);
	}
}
#define HOSTS(wanted, ...)                        \
	hosts((const char *const[]){__VA_ARGS__}, \
	      sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), wanted)

static void all_names_of_this_host_are_one(void **state)
{
	(void)state;
	HOSTS("localhost", "localhost", "LOCALHOST", "localhost.", "127.0.0.1", "127.1",
	      "0x7f000001", "2130706433", "::1", "[::1]", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1",
	      "0.0.0.0", "::", "ser2net.localhost", OWN, "Lab-7.Example.ORG.");
}

static void ways_to_write_an_address_are_one(void **state)
{
	(void)state;
	HOSTS("192.168.1.2", "192.168.1.2", "192.168.258", "::ffff:192.168.1.2");
	HOSTS("fe80::1", "fe80::1", "FE80::1", "[fe80:0:0::0:1]");
	HOSTS("rack-1", "rack-1", "Rack-1", "RACK-1.");
}

static void other_hosts_are_others(void **state)
{
	(void)state;
	HOSTS("127.0.0.2", "127.0.0.2"); // another server may listen there
	HOSTS("mylocalhost", "mylocalhost");
	HOSTS("lab-7", "lab-7");
	HOSTS("::2", "::2");
	HOSTS("", "");
}

static void urls(const char *const *names, size_t count, const char *wanted)
{
	for (size_t i = 0; i < count; i++) {
		CLEANUP_FREE char *name = claim_url(names[i], OWN);
		if (strcmp(name, wanted) != 0)
			fail_msg("%s is %s, wanted %s", names[i], name, wanted);
	}
}
#define URLS(wanted, ...)                        \
	urls((const char *const[]){__VA_ARGS__}, \
	     sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), wanted)

static void a_default_port_may_be_said_or_not(void **state)
{
	(void)state;
	URLS("http://pdu/", "http://pdu/", "http://pdu:80/", "HTTP://PDU.:80/", "http://user@pdu/",
	     "http://user:word@pdu:80/");
	URLS("https://pdu/", "https://pdu/", "https://pdu:443/");
	URLS("http://localhost/a", "http://127.0.0.1/a", "http://[::1]/a", "http://[::1]:80/a",
	     "http://" OWN "/a", "http://0x7f000001:80/a");
	URLS("http://pdu:8080/Path?q=A", "http://PDU:8080/Path?q=A");
	URLS("http://localhost:8080/", "http://[::1]:8080/", "http://127.0.0.1:8080/");
}

static void what_differs_stays_different(void **state)
{
	(void)state;
	URLS("http://pdu:443/", "http://pdu:443/");
	URLS("https://pdu:80/", "https://pdu:80/");
	URLS("http://pdu/a", "http://pdu/a");
	URLS("http://pdu/A", "http://pdu/A");
	URLS("http://pdu/a@b", "http://pdu/a@b");
	URLS("no url", "no url");
	URLS("", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_names_of_this_host_are_one),
	    cmocka_unit_test(ways_to_write_an_address_are_one),
	    cmocka_unit_test(other_hosts_are_others),
	    cmocka_unit_test(a_default_port_may_be_said_or_not),
	    cmocka_unit_test(what_differs_stays_different),
	};
	return cmocka_run_group_tests_name("board/claim_names", tests, NULL, NULL);
}
