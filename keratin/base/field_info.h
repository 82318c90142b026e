// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <utility>
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

/// Returns the fields of an options struct in the order of their declarations, which is that of
/// Keras' arguments; configs may have another one.
template <class Options>
std::vector<FieldInfo> describe_fields() {
  const Options options;
  std::map<const void*, FieldInfo> by_place;
  for_each_field(options, [&](auto field, const auto& member) {
    using Type = Codec<std::remove_cvref_t<decltype(member)>>;
    by_place[&member] = {std::string(field.name), Type::type_name(), Type::write(member),
                         std::string(field.doc)};
  });
  std::vector<FieldInfo> fields;
  for (auto& [place, field] : by_place) fields.push_back(std::move(field));
  return fields;
}

}  // namespace keratin
