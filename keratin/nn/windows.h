// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace keratin::detail {

/// Returns a window of `count` values as scipy.signal.get_window does: the names of windows that
/// need no numbers, with `_periodic` or `_symmetric` behind them, which decides in place of
/// `periodic`. Throws ValueError for other names, with a suggestion.
std::vector<double> signal_window(const std::string& name, int64_t count, bool periodic);

}  // namespace keratin::detail
