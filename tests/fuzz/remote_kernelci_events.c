// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as an answer of KernelCI's API: what is read of it has ids that may stand in a URL, and a
// node that is sent back is JSON that says our claim.
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "remote/kernelci_body.h"
#include "remote/kernelci_events.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_id(const char *id)
{
	if (!id || !id[0] || strlen(id) > KERNELCI_ID_MAX || strpbrk(id, "/?&#% \r\n"))
		abort();
}

static void check_claim(const char *text, size_t len)
{
	char *body = kernelci_body_claim(text, len, "lab:1");
	if (!body)
		return;
	json_t *root = json_loads(body, 0, NULL);
	const json_t *data = json_object_get(root, "data");
	const char *id = json_string_value(json_object_get(data, "job_id"));
	if (!id || strcmp(id, "lab:1") != 0 || json_object_get(root, "created"))
		abort();
	json_decref(root);
	free(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_ARENA struct arena arena = {0};
	CLEANUP_BUFFER struct buffer why = {0}, rights = {0};
	const char *text = (const char *)data;
	struct kernelci_page page;
	struct kernelci_node node;
	bool ok = kernelci_page_parse(text, size, &arena, &page, &why);
	if (ok == (why.len > 0) || page.count > page.total)
		abort();
	for (size_t i = 0; i < page.count; i++) {
		check_id(page.events[i].id);
		check_id(page.events[i].node.id);
	}
	buffer_truncate(&why, 0);
	if (kernelci_node_parse(text, size, &arena, &node, &why))
		check_id(node.id);
	else if (!why.len)
		abort();
	if (kernelci_rights(text, size, "lab", &rights) == (rights.len > 0))
		abort();
	if (kernelci_nodes_total(text, size) < -1)
		abort();
	check_claim(text, size);
	return 0;
}
