// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/error_context.h"

namespace keratin {

namespace {

template <class E>
void rethrow_as(const Error& error, const std::string& text) {
  if (dynamic_cast<const E*>(&error) != nullptr) throw E(text);
}

}  // namespace

void rethrow_in_model(const std::string& model) {
  try {
    throw;
  } catch (const Error& error) {
    const std::string what = error.what();
    if (what.starts_with("model `")) throw;
    const std::string text = "model `" + model + "`: " + what;
    rethrow_as<ShapeError>(error, text);
    rethrow_as<DTypeError>(error, text);
    rethrow_as<ValueError>(error, text);
    rethrow_as<ConfigError>(error, text);
    rethrow_as<FileError>(error, text);
    rethrow_as<UnsupportedError>(error, text);
    rethrow_as<InternalError>(error, text);
    throw Error(text);
  }
}

}  // namespace keratin
