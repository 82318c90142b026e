// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "keratin/base/config.h"

namespace keratin::cli {

/// Is an object as it is written on a command line: `early-stopping:patience=3,mode=min`.
struct Spec {
  std::string name;
  Config arguments = Config::dict();
};

/// Reads one. Values are JSON or, where they are none, texts. Throws ValueError with `where` for an
/// argument without `=`.
Spec parse_spec(const std::string& text, const std::string& where);

}  // namespace keratin::cli
