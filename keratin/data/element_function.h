// SPDX-License-Identifier: Apache-2.0
// How functions of users are called with the elements of a Dataset.
#pragma once

#include <concepts>
#include <functional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "keratin/data/data.h"

namespace keratin::detail {

/// Takes the elements of a dataset: (x), (x, y), (x, y, sample_weight) or the whole Data.
template <class F>
concept ElementFunction = std::is_invocable_v<const F&, const Nest&> ||
    std::is_invocable_v<const F&, const Nest&, const Nest&> ||
    std::is_invocable_v<const F&, const Nest&, const Nest&, const Nest&> ||
    std::is_invocable_v<const F&, const Data&>;

template <class F>
struct LoneArgument {};
template <class R, class A>
struct LoneArgument<R (*)(A)> {
  using type = std::remove_cvref_t<A>;
};
template <class R, class C, class A>
struct LoneArgument<R (C::*)(A)> {
  using type = std::remove_cvref_t<A>;
};
template <class R, class C, class A>
struct LoneArgument<R (C::*)(A) const> {
  using type = std::remove_cvref_t<A>;
};

/// Is a function that takes the whole element. A Nest converts to Data, so being callable with one
/// does not tell; generic functions are taken for functions of nests.
template <class F>
constexpr bool takes_data() {
  if constexpr (std::is_pointer_v<F>) {
    if constexpr (requires { typename LoneArgument<F>::type; }) {
      return std::same_as<typename LoneArgument<F>::type, Data>;
    }
  } else if constexpr (requires { typename LoneArgument<decltype(&F::operator())>::type; }) {
    return std::same_as<typename LoneArgument<decltype(&F::operator())>::type, Data>;
  }
  return false;
}

/// Returns how many parts an element has: 1 for (x), 2 for (x, y), 3 for (x, y, sample_weight).
inline int part_count(const Data& element) {
  if (!element.sample_weight.empty()) return 3;
  return element.y.empty() ? 1 : 2;
}

/// Throws ValueError: the function does not take as many parts as the element has.
[[noreturn]] void fail_on_parts(std::string_view where, const Data& element);

/// Makes what a user's function gave the result that is wanted.
template <class R, class V>
R result_of(V&& value) {
  using Value = std::remove_cvref_t<V>;
  if constexpr (std::convertible_to<V, R>) {
    return std::forward<V>(value);
  } else if constexpr (std::same_as<R, bool>) {
    return Nest(std::forward<V>(value)).tensor().template item<bool>();
  } else {
    static_assert(std::same_as<R, Data> && std::convertible_to<Value, Nest>,
                  "the function must give Data, or a Nest or Tensor for x");
    return Data(Nest(std::forward<V>(value)));
  }
}

/// Returns `function` as a function of whole elements that checks how many parts they have.
template <class R, class F>
std::function<R(const Data&)> element_function(std::string_view where, F function) {
  if constexpr (takes_data<F>()) {
    return [function = std::move(function)](const Data& element) -> R {
      return result_of<R>(function(element));
    };
  } else {
    return [where, function = std::move(function)](const Data& element) -> R {
      const int parts = part_count(element);
      if constexpr (std::is_invocable_v<const F&, const Nest&>) {
        if (parts == 1) return result_of<R>(function(element.x));
      }
      if constexpr (std::is_invocable_v<const F&, const Nest&, const Nest&>) {
        if (parts == 2) return result_of<R>(function(element.x, element.y));
      }
      if constexpr (std::is_invocable_v<const F&, const Nest&, const Nest&, const Nest&>) {
        if (parts == 3) {
          return result_of<R>(function(element.x, element.y, element.sample_weight));
        }
      }
      fail_on_parts(where, element);
    };
  }
}

}  // namespace keratin::detail
