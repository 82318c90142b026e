// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace keratin::testing_support {

/// Returns the text of the `E` that `call` throws, or says that nothing was thrown.
template <class E, class F>
std::string message_of(F&& call) {
  try {
    call();
  } catch (const E& error) {
    return error.what();
  }
  return "nothing was thrown";
}

}  // namespace keratin::testing_support
