// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>

namespace book {

/// Tells whether the program is only tried, with little data and an epoch or two.
inline bool is_smoke() { return std::getenv("KERATIN_EXAMPLE_SMOKE") != nullptr; }

}  // namespace book
