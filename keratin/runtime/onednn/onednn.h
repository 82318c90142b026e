// SPDX-License-Identifier: Apache-2.0
// The one door to oneDNN. Without it (KERATIN_ONEDNN=OFF) the same functions say that there is
// nothing.
#pragma once

#include "keratin/runtime/kernel.h"

namespace keratin::runtime::onednn {

#if KERATIN_HAS_ONEDNN

/// Returns a kernel for the call when oneDNN is the better choice for its sizes, and keeps what it
/// needs in `call.state`; null otherwise.
Kernel prepare(const OpDef& op, KernelCall& call);

/// Sets this thread's OpenMP thread count to 1 and returns the old one.
int use_one_thread();
void restore_threads(int threads);

#else

inline Kernel prepare(const OpDef&, KernelCall&) { return nullptr; }
inline int use_one_thread() { return 0; }
inline void restore_threads(int) {}

#endif

}  // namespace keratin::runtime::onednn
