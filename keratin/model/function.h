// SPDX-License-Identifier: Apache-2.0
// Functions of the user that run as compiled plans.
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "keratin/data/data.h"
#include "keratin/graph/nest.h"

namespace keratin {

namespace detail {

/// Are the plans of one function, by the form of its arguments.
class FunctionPlans {
 public:
  FunctionPlans();
  ~FunctionPlans();
  FunctionPlans(const FunctionPlans&) = delete;
  FunctionPlans& operator=(const FunctionPlans&) = delete;

  using Body = std::function<Nest(const std::vector<Nest>&)>;
  /// Tells whether a call with these arguments runs as it is written: inside another trace, on
  /// symbolic tensors, and while a tape records on data.
  static bool runs_inline(const std::vector<Nest>& arguments);
  /// Runs the plan for arguments of this form, traced the first time; `state` names what else the
  /// trace depends on.
  Nest run(const std::vector<Nest>& arguments, const std::string& state, const Body& body) const;

 private:
  struct Cache;
  std::unique_ptr<Cache> cache_;
};

/// Is how an argument goes into a trace and comes out again: numbers, tensors, nests, data and
/// lists of tensors become inputs; variables go in as they are.
template <class T>
struct FunctionArgument;

template <TensorNumber T>
struct FunctionArgument<T> {
  static Nest pack(const T& value) { return Nest(Tensor(value)); }
  static Tensor unpack(const T&, const Nest& nest) { return nest.tensor(); }
};
template <>
struct FunctionArgument<Tensor> {
  static Nest pack(const Tensor& value) { return Nest(value); }
  static Tensor unpack(const Tensor&, const Nest& nest) { return nest.tensor(); }
};
template <>
struct FunctionArgument<Nest> {
  static Nest pack(const Nest& value) { return value; }
  static Nest unpack(const Nest&, const Nest& nest) { return nest; }
};
template <>
struct FunctionArgument<std::vector<Tensor>> {
  static Nest pack(const std::vector<Tensor>& value) { return Nest(value); }
  static std::vector<Tensor> unpack(const std::vector<Tensor>&, const Nest& nest) {
    return nest.flatten();
  }
};
template <>
struct FunctionArgument<Data> {
  static Nest pack(const Data& value) {
    return Nest::list({value.x, value.y, value.sample_weight});
  }
  static Data unpack(const Data&, const Nest& nest) { return Data(nest[0], nest[1], nest[2]); }
};
template <>
struct FunctionArgument<Variable> {
  static Nest pack(const Variable&) { return {}; }
  static Variable unpack(const Variable& value, const Nest&) { return value; }
  static std::string state(const Variable& value);
};

template <class T>
concept TracedArgument = requires(const T& value) {
  FunctionArgument<T>::pack(value);
};

template <class T>
std::string state_of_argument(const T& value) {
  if constexpr (requires { FunctionArgument<T>::state(value); }) {
    return FunctionArgument<T>::state(value);
  } else {
    return {};
  }
}

}  // namespace detail

/// Is a function that is traced once for each form of its arguments (structure, dtypes, shapes, and
/// which of the variables in it train) and then runs as one plan, as a training step does.
/// Variables that it reads and assigns (of layers, optimizers, metrics, seed generators) change as
/// if it ran as written; what else its code does happens while it is traced only. Copies share the
/// plans, of which the 64 used last are kept (tensorflow.org/api_docs/python/tf/function).
///
/// Arguments are tensors, numbers (which become float32, int32 or bool scalars), nests, Data, lists
/// of tensors, and variables, which go in as they are. The result is a Tensor, a Nest, a list of
/// tensors, or nothing. Called in another trace, or while a GradientTape records outside of it, it
/// runs as written, so that gradients flow through it.
template <class F>
class Function {
 public:
  explicit Function(F traced) : shared_(std::make_shared<Shared>(std::move(traced))) {}

  template <class... Args>
  auto operator()(const Args&... args) const {
    static_assert((detail::TracedArgument<Args> && ...),
                  "a traced function takes tensors, numbers, nests, Data, std::vector<Tensor> and "
                  "variables; capture anything else");
    using Result = std::invoke_result_t<F&, decltype(detail::FunctionArgument<Args>::unpack(
                                                args, std::declval<const Nest&>()))...>;
    static_assert(std::is_void_v<Result> || std::same_as<Result, Tensor> ||
                      std::same_as<Result, Nest> || std::same_as<Result, std::vector<Tensor>>,
                  "a traced function returns a Tensor, a Nest, a std::vector<Tensor> or nothing");
    const std::vector<Nest> packed{detail::FunctionArgument<Args>::pack(args)...};
    const auto call = [&]<size_t... At>(std::index_sequence<At...>,
                                        const std::vector<Nest>& given) {
      return shared_->function(detail::FunctionArgument<Args>::unpack(args, given[At])...);
    };
    constexpr auto places = std::index_sequence_for<Args...>();
    if (detail::FunctionPlans::runs_inline(packed)) return call(places, packed);
    const std::string state = (detail::state_of_argument(args) + ... + std::string());
    const Nest result = shared_->plans.run(packed, state, [&](const std::vector<Nest>& given) {
      if constexpr (std::is_void_v<Result>) {
        call(places, given);
        return Nest();
      } else {
        return Nest(call(places, given));
      }
    });
    if constexpr (std::same_as<Result, Tensor>) {
      return result.tensor();
    } else if constexpr (std::same_as<Result, std::vector<Tensor>>) {
      return result.flatten();
    } else if constexpr (std::same_as<Result, Nest>) {
      return result;
    }
  }

 private:
  struct Shared {
    explicit Shared(F traced) : function(std::move(traced)) {}
    F function;
    detail::FunctionPlans plans;
  };
  std::shared_ptr<Shared> shared_;
};

/// Makes such a function: `auto step = keratin::function([&](const Tensor& x) {...});`.
template <class F>
Function<F> function(F traced) {
  return Function<F>(std::move(traced));
}

}  // namespace keratin
