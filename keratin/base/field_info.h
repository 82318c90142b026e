// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "keratin/base/codec.h"

namespace keratin {

/// Is what can be told of a field of an options struct.
struct FieldInfo {
  std::string name;
  std::string type;
  Config default_value;
  std::string doc;
};

/// Returns the fields of an options struct, in their order.
template <class Options>
std::vector<FieldInfo> describe_fields() {
  std::vector<FieldInfo> fields;
  for_each_field(Options(), [&](auto field, const auto& member) {
    using Type = Codec<std::remove_cvref_t<decltype(member)>>;
    fields.push_back(
        {std::string(field.name), Type::type_name(), Type::write(member), std::string(field.doc)});
  });
  return fields;
}

}  // namespace keratin
