// SPDX-License-Identifier: Apache-2.0
// One declaration of constructor arguments: each KERATIN_FIELD line of an options struct gives a
// plain data member and, for whoever asks, its name, type, default and doc.
#pragma once

#include <array>
#include <string_view>
#include <type_traits>
#include <utility>

namespace keratin {

/// Is what a KERATIN_FIELD line declares, apart from the member itself.
template <auto Member>
struct Field {
  std::string_view name;
  std::string_view doc;
  static constexpr auto member = Member;
};

/// Is the key by which a struct's field is found: its line below KERATIN_OPTIONS.
template <int>
struct FieldAt {};

/// Opens an options struct; stands on the line before its first field.
#define KERATIN_OPTIONS(Type) \
  using Self = Type;          \
  static constexpr int keratin_first_line = __LINE__

/// Declares one field; it ends in a default: `KERATIN_FIELD(bool, use_bias, "...") = true;`.
/// A type with a comma in it needs an alias.
#define KERATIN_FIELD(type, name, doc) \
  KERATIN_FIELD_AT(__LINE__ - keratin_first_line, type, name, doc)

#define KERATIN_FIELD_AT(line, type, name, doc)                         \
  static_assert((line) < 60, "an options struct must fit in 60 lines"); \
  static constexpr auto keratin_field(::keratin::FieldAt<line>) {       \
    return ::keratin::Field<&Self::name>{#name, doc};                   \
  }                                                                     \
  type name

namespace detail {

inline constexpr int first_field_line = -4;
inline constexpr int field_lines = 64;

template <class T, int Line>
concept HasField = requires {
  T::keratin_field(FieldAt<Line>{});
};

template <class T, int... Line>
constexpr auto find_fields(std::integer_sequence<int, Line...>) {
  std::array<int, (int{HasField<T, Line + first_field_line>} + ... + 0)> found{};
  [[maybe_unused]] size_t n = 0;
  ((HasField<T, Line + first_field_line> ? void(found[n++] = Line + first_field_line) : void()),
   ...);
  return found;
}

template <class T>
inline constexpr auto field_table = find_fields<T>(std::make_integer_sequence<int, field_lines>{});

}  // namespace detail

/// Returns how many fields the options struct `T` has.
template <class T>
constexpr size_t field_count() {
  return detail::field_table<std::remove_cvref_t<T>>.size();
}

/// Calls `visit(field, member)` for each field of `object` in Keras' argument order.
template <class T, class Visit>
void for_each_field(T&& object, Visit&& visit) {
  using Struct = std::remove_cvref_t<T>;
  [&]<size_t... I>(std::index_sequence<I...>) {
    (visit(Struct::keratin_field(FieldAt<detail::field_table<Struct>[I]> {}),
           object.*
               decltype(Struct::keratin_field(FieldAt<detail::field_table<Struct>[I]> {}))::member),
     ...);
  }
  (std::make_index_sequence<field_count<Struct>()>{});
}

}  // namespace keratin
