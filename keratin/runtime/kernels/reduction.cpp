// SPDX-License-Identifier: Apache-2.0
// Reference kernels of the reductions. Everything is added in pairs of pairs, in an order that the
// shape alone decides: the error of a float sum grows with the logarithm of the count.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "keratin/graph/ops/ops.h"
#include "keratin/runtime/kernel.h"
#include "keratin/runtime/kernels/loops.h"

namespace keratin::runtime {

namespace {

using Specs = std::span<const TensorSpec>;

template <class T>
inline constexpr bool is_half = std::is_same_v<T, float16> || std::is_same_v<T, bfloat16>;

template <class T>
inline constexpr bool is_real = is_half<T> || std::is_floating_point_v<T>;

// Half types compute in float32.
template <class T>
using Compute = std::conditional_t<is_half<T>, float, T>;

// The type of a sum or product: that of the elements, small integers at least 32 bits wide.
template <class T>
using Accumulated = std::conditional_t<
    is_real<T> || sizeof(T) >= 4, T,
    std::conditional_t<std::is_unsigned_v<T> && !std::is_same_v<T, bool>, uint32_t, int32_t>>;

// Integers wrap around, for which they are added without a sign.
template <class T>
struct AccumulatorOf {
  using type = std::make_unsigned_t<Accumulated<T>>;
};
template <class T>
requires is_real<T>
struct AccumulatorOf<T> {
  using type = Compute<T>;
};

template <class T>
struct Sum {
  using In = T;
  using Out = Accumulated<T>;
  using Acc = typename AccumulatorOf<T>::type;
  static Acc identity() { return Acc(0); }
  static Acc load(T x) { return static_cast<Acc>(x); }
  static Acc combine(Acc a, Acc b) { return a + b; }
  static Out store(Acc a) { return static_cast<Out>(a); }
};

template <class T>
struct Product : Sum<T> {
  using typename Sum<T>::Acc;
  static Acc identity() { return Acc(1); }
  static Acc combine(Acc a, Acc b) { return a * b; }
};

template <class T>
struct Largest {
  static constexpr bool has_minus_zero = false;
  using In = T;
  using Out = T;
  using Acc = Compute<T>;
  static Acc identity() {
    if constexpr (is_real<T>) {
      return -std::numeric_limits<Acc>::infinity();
    } else {
      return std::numeric_limits<Acc>::lowest();
    }
  }
  static Acc load(T x) { return static_cast<Acc>(x); }
  // A NaN wins.
  static Acc combine(Acc a, Acc b) { return ((a > b) | (a != a)) ? a : b; }
  static Out store(Acc a) { return static_cast<Out>(a); }
};

template <class T>
struct Smallest : Largest<T> {
  static constexpr bool has_minus_zero = true;
  using typename Largest<T>::Acc;
  static Acc identity() {
    if constexpr (is_real<T>) {
      return std::numeric_limits<Acc>::infinity();
    } else {
      return std::numeric_limits<Acc>::max();
    }
  }
  static Acc combine(Acc a, Acc b) { return ((a < b) | (a != a)) ? a : b; }
};

template <size_t bytes>
using Unsigned = std::conditional_t<
    bytes == 1, uint8_t,
    std::conditional_t<bytes == 2, uint16_t, std::conditional_t<bytes == 4, uint32_t, uint64_t>>>;

// Truth is 0 or 1 as wide as an element, so that vectors of them combine.
template <class T>
struct Any {
  using In = T;
  using Out = bool;
  using Acc = Unsigned<sizeof(T)>;
  static Acc identity() { return 0; }
  static Acc load(T x) {
    if constexpr (std::is_same_v<T, bool>) return x;
    if constexpr (std::is_same_v<T, float16>) return (x.bits & 0x7fff) != 0;
    return static_cast<Compute<T>>(x) != Compute<T>(0);
  }
  static Acc combine(Acc a, Acc b) { return static_cast<Acc>(a | b); }
  static Out store(Acc a) { return a != 0; }
};

template <class T>
struct All : Any<T> {
  using typename Any<T>::Acc;
  static Acc identity() { return 1; }
  static Acc combine(Acc a, Acc b) { return static_cast<Acc>(a & b); }
};

// Returns the number of elements in the first half: a power of two times `leaf`.
int64_t first_half(int64_t count, int64_t leaf) {
  int64_t half = leaf;
  while (half * 2 < count) half *= 2;
  return half;
}

template <class R>
typename R::Acc reduce_run(const typename R::In* x, int64_t count) {
  using Acc = typename R::Acc;
  constexpr int64_t leaf = 256;
  constexpr size_t lanes = 16;
  if (count > leaf) {
    const int64_t half = first_half(count, leaf);
    return R::combine(reduce_run<R>(x, half), reduce_run<R>(x + half, count - half));
  }
  Acc lane[lanes];
  std::fill_n(lane, lanes, R::identity());
  int64_t i = 0;
  for (; i + static_cast<int64_t>(lanes) <= count; i += static_cast<int64_t>(lanes)) {
    for (size_t k = 0; k < lanes; ++k) lane[k] = R::combine(lane[k], R::load(x[i + int64_t(k)]));
  }
  for (size_t k = 0; i < count; ++i, ++k) lane[k] = R::combine(lane[k], R::load(x[i]));
  for (size_t width = lanes / 2; width > 0; width /= 2) {
    for (size_t k = 0; k < width; ++k) lane[k] = R::combine(lane[k], lane[k + width]);
  }
  return lane[0];
}

// Reduces rows [first, first + count) that lie behind one another in memory, each to one value.
template <class R>
typename R::Acc reduce_rows(const Loops& loops, const typename R::In* x, int64_t first,
                            int64_t count) {
  if (count == 0) return R::identity();
  if (count == 1) return reduce_run<R>(x + row_offset(loops, first), loops.inner);
  const int64_t half = first_half(count, 1);
  return R::combine(reduce_rows<R>(loops, x, first, half),
                    reduce_rows<R>(loops, x, first + half, count - half));
}

constexpr int64_t max_columns = 64;

// Reduces rows [first, first + count) column by column into `acc`.
template <class R>
void reduce_columns(const Loops& loops, const typename R::In* x, int64_t first, int64_t count,
                    int64_t columns, typename R::Acc* acc) {
  constexpr int64_t leaf = 8;
  if (count > leaf) {
    const int64_t half = first_half(count, leaf);
    typename R::Acc rest[max_columns];
    reduce_columns<R>(loops, x, first, half, columns, acc);
    reduce_columns<R>(loops, x, first + half, count - half, columns, rest);
    for (int64_t j = 0; j < columns; ++j) acc[j] = R::combine(acc[j], rest[j]);
    return;
  }
  std::fill_n(acc, columns, R::identity());
  for (int64_t i = first; i < first + count; ++i) {
    const typename R::In* row = x + row_offset(loops, i);
    for (int64_t j = 0; j < columns; ++j) acc[j] = R::combine(acc[j], R::load(row[j]));
  }
}

// Of zeros that differ in their sign, the order of what is combined decides which is left. As XLA
// has it, -0 is less than 0: looks for the one that counts, in rows of so many elements.
template <class R>
void settle_zero(const Loops& loops, const typename R::In* x, int64_t count,
                 typename R::Acc& extreme) {
  if constexpr (requires { R::has_minus_zero; }) {
    using Acc = typename R::Acc;
    if (!std::is_floating_point_v<Acc> || extreme != Acc(0)) return;
    for (int64_t i = 0; i < loops.rows; ++i) {
      const typename R::In* row = x + row_offset(loops, i);
      for (int64_t k = 0; k < count; ++k) {
        extreme = R::load(row[k]);
        const bool is_minus = std::signbit(static_cast<double>(extreme));
        if (extreme == Acc(0) && is_minus == R::has_minus_zero) return;
      }
    }
    extreme = R::has_minus_zero ? Acc(0) : static_cast<Acc>(-0.0);
  }
}

// Returns which elements of the result a call computes.
Range elements_of(const KernelCall& call) {
  const Operand& y = call.outputs[0];
  if (call.last_row < 0) return call.columns_of(y.size);
  const int64_t row = y.size / y.shape[0];
  return {call.first_row * row, call.last_row * row};
}

template <class R>
void run_reduce(const KernelCall& call) {
  const Operand& x = call.inputs[0];
  const Loops loops = loops_of(x.shape, call.attrs.as<ops::ReduceAttrs>().axis);
  auto* y = call.outputs[0].as<typename R::Out>();
  const Range elements = elements_of(call);
  const int64_t width = loops.inner_reduced ? 1 : loops.inner;
  int64_t begin = -width;
  for_each_offset<1>(loops.kept.data(), loops.kept_rank, {loops.kept_strides.data()},
                     [&](const std::array<int64_t, 1>& at) {
                       begin += width;
                       const int64_t first = std::max<int64_t>(elements.first - begin, 0);
                       const int64_t last = std::min(elements.last - begin, width);
                       if (first >= last) return;
                       const auto* from = x.as<const typename R::In>() + at[0];
                       if (loops.inner_reduced) {
                         typename R::Acc acc = reduce_rows<R>(loops, from, 0, loops.rows);
                         settle_zero<R>(loops, from, loops.inner, acc);
                         y[begin] = R::store(acc);
                         return;
                       }
                       for (int64_t j = first; j < last; j += max_columns) {
                         const int64_t columns = std::min(max_columns, last - j);
                         typename R::Acc acc[max_columns];
                         reduce_columns<R>(loops, from + j, 0, loops.rows, columns, acc);
                         for (int64_t k = 0; k < columns; ++k) {
                           settle_zero<R>(loops, from + j + k, 1, acc[k]);
                           y[begin + j + k] = R::store(acc[k]);
                         }
                       }
                     });
}

// The product of those before goes forth, the product of those behind comes back.
template <class T>
void run_prod_others(const KernelCall& call) {
  const Operand& x = call.inputs[0];
  const Loops loops = loops_of(x.shape, call.attrs.as<ops::ReduceAttrs>().axis);
  // Here every element is a row of its own.
  const int64_t inner = loops.inner_reduced ? loops.inner : 1;
  const int64_t count = loops.rows * inner;
  const Range columns = call.columns_of(loops.inner_reduced ? 1 : loops.inner);
  const auto place = [&](int64_t i) { return row_offset(loops, i / inner) + i % inner; };
  for_each_offset<1>(loops.kept.data(), loops.kept_rank, {loops.kept_strides.data()},
                     [&](const std::array<int64_t, 1>& at) {
                       for (int64_t j = columns.first; j < columns.last; ++j) {
                         const T* from = x.as<const T>() + at[0] + j;
                         T* to = call.outputs[0].as<T>() + at[0] + j;
                         Compute<T> product(1);
                         for (int64_t i = 0; i < count; ++i) {
                           to[place(i)] = static_cast<T>(product);
                           product *= static_cast<Compute<T>>(from[place(i)]);
                         }
                         product = Compute<T>(1);
                         for (int64_t i = count; i-- > 0;) {
                           to[place(i)] = static_cast<T>(to[place(i)] * product);
                           product *= static_cast<Compute<T>>(from[place(i)]);
                         }
                       }
                     });
}

// Keras tells the zeros apart on a CPU: -0 counts as less than 0. The first NaN wins.
template <class T, bool largest>
bool is_better(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (b != b) return false;
    if (a != a) return true;
    if (a == T(0) && std::signbit(a)) a = -std::numeric_limits<T>::min();
    if (b == T(0) && std::signbit(b)) b = -std::numeric_limits<T>::min();
  }
  return largest ? a > b : a < b;
}

template <class T, bool largest>
void run_index(const KernelCall& call) {
  const Operand& x = call.inputs[0];
  const auto& axes = call.attrs.as<ops::ReduceAttrs>().axis;
  int64_t count = 1;
  int64_t inner = 1;
  for (int64_t axis : axes) count *= x.shape[static_cast<int>(axis)];
  if (!axes.empty()) {
    for (int i = static_cast<int>(axes.back()) + 1; i < x.shape.rank(); ++i) inner *= x.shape[i];
  }
  const T* data = x.as<const T>();
  auto* y = call.outputs[0].as<int32_t>();
  const Range elements = elements_of(call);
  for (int64_t i = elements.first; i < elements.last; ++i) {
    const T* from = data + i / inner * count * inner + i % inner;
    int64_t best = 0;
    for (int64_t k = 1; k < count; ++k) {
      if (is_better<Compute<T>, largest>(from[k * inner], from[best * inner])) best = k;
    }
    y[i] = static_cast<int32_t>(best);
  }
}

template <class T>
void run_cumsum(const KernelCall& call) {
  using Out = std::conditional_t<std::is_same_v<T, bool>, int32_t, T>;
  // float32 is added in float64: a running sum has no pairs.
  using Acc =
      std::conditional_t<std::is_same_v<T, float>, double, typename AccumulatorOf<Out>::type>;
  const Operand& x = call.inputs[0];
  const auto axis = static_cast<int>(call.attrs.as<ops::AxisAttrs>().axis);
  const int64_t count = x.shape[axis];
  int64_t outer = 1;
  int64_t inner = 1;
  for (int i = 0; i < axis; ++i) outer *= x.shape[i];
  for (int i = axis + 1; i < x.shape.rank(); ++i) inner *= x.shape[i];
  const Range own = call.columns_of(inner);
  for (int64_t o = 0; o < outer; ++o) {
    for (int64_t j = own.first; j < own.last; j += max_columns) {
      const int64_t columns = std::min(max_columns, own.last - j);
      std::array<Acc, max_columns> acc{};
      for (int64_t i = 0; i < count; ++i) {
        const int64_t at = (o * count + i) * inner + j;
        for (int64_t k = 0; k < columns; ++k) {
          acc[static_cast<size_t>(k)] += static_cast<Acc>(x.as<const T>()[at + k]);
          call.outputs[0].as<Out>()[at + k] = static_cast<Out>(acc[static_cast<size_t>(k)]);
        }
      }
    }
  }
}

template <template <class> class R>
Kernel reduction(Specs inputs, Specs) {
  return dispatch(inputs[0].dtype,
                  [](auto tag) -> Kernel { return run_reduce<R<typename decltype(tag)::type>>; });
}

template <bool largest>
Kernel index(Specs inputs, Specs) {
  return dispatch(inputs[0].dtype, [](auto tag) -> Kernel {
    return run_index<typename decltype(tag)::type, largest>;
  });
}

Kernel choose_prod_others(Specs inputs, Specs) {
  return dispatch(inputs[0].dtype, [](auto tag) -> Kernel {
    using T = typename decltype(tag)::type;
    if constexpr (is_real<T>) {
      return run_prod_others<T>;
    } else {
      return nullptr;
    }
  });
}

Kernel choose_cumsum(Specs inputs, Specs) {
  return dispatch(inputs[0].dtype,
                  [](auto tag) -> Kernel { return run_cumsum<typename decltype(tag)::type>; });
}

}  // namespace

std::span<const KernelRow> reduction_kernels() {
  static const KernelRow rows[] = {
      {&ops::sum_op, reduction<Sum>},
      {&ops::prod_op, reduction<Product>},
      {&ops::max_op, reduction<Largest>},
      {&ops::min_op, reduction<Smallest>},
      {&ops::any_op, reduction<Any>},
      {&ops::all_op, reduction<All>},
      {&ops::argmax_op, index<true>},
      {&ops::argmin_op, index<false>},
      {&ops::prod_others_op, choose_prod_others},
      {&ops::cumsum_op, choose_cumsum},
  };
  return rows;
}

}  // namespace keratin::runtime
