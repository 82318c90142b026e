// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "keratin/base/error.h"

namespace keratin {

/// Throws the error that is being handled again, as the same type, with the model in front of its
/// text. The innermost model is named; a text that names one stays.
[[noreturn]] void rethrow_in_model(const std::string& model);

/// Calls a layer of a model; an error that leaves it names the model.
template <class Call>
auto with_context(const std::string& model, Call&& call) {
  try {
    return call();
  } catch (const Error&) {
    rethrow_in_model(model);
  }
}

/// Reads a part of a file; whatever is wrong with it is a ConfigError that names the part, or an
/// UnsupportedError.
template <class Read>
auto in_file(const std::string& where, Read&& read) {
  try {
    return read();
  } catch (const UnsupportedError& error) {
    throw UnsupportedError(where + ": " + error.what());
  } catch (const Error& error) {
    throw ConfigError(where + ": " + error.what());
  }
}

}  // namespace keratin
