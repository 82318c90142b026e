// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/error_context.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <typeinfo>

namespace keratin {

namespace {

template <class E>
void rethrow_as(const Error& error, const std::string& text) {
  if (typeid(error) == typeid(E)) throw E(text);
}

// Tells whether a text starts like ``Dense `head` ``.
bool names_place(std::string_view text) {
  const size_t quote = text.find('`');
  if (quote == std::string_view::npos || quote < 2 || text[quote - 1] != ' ') return false;
  const std::string_view word = text.substr(0, quote - 1);
  return std::all_of(word.begin(), word.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  });
}

// Drops a place that says less than the label that comes in front of it.
std::string_view without_vague_place(std::string_view text) {
  for (std::string_view place :
       {"nest: ", "tensor: ", "layer: ", "variable: ", "config: ", "from_config: "}) {
    if (text.starts_with(place)) return text.substr(place.size());
  }
  return text;
}

}  // namespace

void rethrow_in(const std::string& label) {
  try {
    throw;
  } catch (const Error& error) {
    const std::string_view what = error.what();
    const bool in_model = label.starts_with("model `");
    if (in_model ? what.starts_with("model `") : names_place(what)) throw;
    const std::string text = label + ": " + std::string(without_vague_place(what));
    rethrow_as<ShapeError>(error, text);
    rethrow_as<DTypeError>(error, text);
    rethrow_as<ValueError>(error, text);
    rethrow_as<ConfigError>(error, text);
    rethrow_as<FileError>(error, text);
    rethrow_as<UnsupportedError>(error, text);
    rethrow_as<InternalError>(error, text);
    rethrow_as<Error>(error, text);
    throw;
  }
}

}  // namespace keratin
