// SPDX-License-Identifier: GPL-2.0-or-later
// One HTTP exchange (base/http.h) in a child process, so that the console stays attended.
//
// libcurl waits within its call, its name resolver may hang whatever time-out is set, and its
// libraries take some 10 MB. In a child none of this touches the worker: it waits on a pipe, kills
// a child that hangs, and stays small.
#ifndef BOARD_POWER_HTTP_CHILD_H
#define BOARD_POWER_HTTP_CHILD_H

#include "base/http.h"
#include "board/driver.h"

// As http_perform; also fails when no answer came in the request's time. Waits through place->wait.
struct error *http_child_perform(const struct http_request *r, struct board_place *place,
				 struct http_response *out) ERROR_RESULT;

#endif
