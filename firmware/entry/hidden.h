// SPDX-License-Identifier: GPL-2.0-or-later
// Included ahead of every source of the image (-include): no symbol of it is ever interposed, so
// the compiler may reach all of them PC-relative. Without this externs go through a GOT, which
// would need relocating.
#pragma GCC visibility push(hidden)
