// SPDX-License-Identifier: GPL-2.0-or-later
// A pull lab's machine with its requests carried out over HTTP, for a loop that has other work.
#ifndef REMOTE_KERNELCI_CLIENT_H
#define REMOTE_KERNELCI_CLIENT_H

#include "remote/kernelci.h"

struct kernelci_client;

// Who knows the tokens. Each is asked for when it is needed, so that a changed file is read again; the
// secret is the client's, who wipes it.
struct kernelci_secrets {
	struct error *(*token)(void *arg, enum kernelci_login login, char **secret)ERROR_RESULT;
	void *arg;
	const char *ca_file; // certificates to trust instead of the system's; may be NULL
	bool insecure;       // the token may go over plain http to another host
};

// Takes the machine over. `secrets` and what it points to outlive the client.
struct kernelci_client *kernelci_client_new(struct kernelci *k,
					    const struct kernelci_secrets *secrets);
void kernelci_client_free(struct kernelci_client *c);
CLEANUP_DEFINE(cleanup_kernelci_client, struct kernelci_client *, kernelci_client_free)
#define CLEANUP_KERNELCI_CLIENT CLEANUP(cleanup_kernelci_client)

struct kernelci *kernelci_client_machine(struct kernelci_client *c);

// Goes on as far as it can without waiting: to be called at first, when `fd` is readable, when
// `due_ns` (monotonic) has come, and after kernelci_finish. `*fd` is -1 when there is nothing to read.
void kernelci_client_step(struct kernelci_client *c, int *fd, int64_t *due_ns);

#endif
