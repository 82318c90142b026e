// SPDX-License-Identifier: Apache-2.0
// Says in the text of an error where it happened: in which layer of which model.
#pragma once

#include <string>

#include "keratin/base/error.h"

namespace keratin {

/// Throws the error that is being handled again, as the same type, with `label` in front of its
/// text: ``Dense `head` ``, ``model `net` ``. The innermost layer and model are named, so a text
/// that names one stays as it is; and so does an error of a class that a user made.
[[noreturn]] void rethrow_in(const std::string& label);

}  // namespace keratin
