// SPDX-License-Identifier: Apache-2.0
#include "tests/support/golden_ops.h"

#include <functional>

#include "keratin/graph/ops/ops.h"

namespace keratin::testing_support {

namespace {

using Call = GoldenCall;
using Results = std::vector<Tensor>;
using Maker = std::function<Results(const Call&)>;
using Makers = std::map<std::string, Maker>;

template <class F>
Maker unary(F f) {
  return [f](const Call& c) { return Results{f(c.tensor(0))}; };
}

template <class F>
Maker binary(F f) {
  return [f](const Call& c) { return Results{f(c.tensor(0), c.tensor(1))}; };
}

template <class F>
Maker reduction(F f) {
  return [f](const Call& c) {
    if (!c.argument(3, "initial").is_null()) return Results{};
    return Results{f(c.tensor(0), c.axes(), c.keepdims())};
  };
}

template <class F>
Maker along_axis(F f) {
  return [f](const Call& c) { return Results{f(c.tensor(0), c.axis())}; };
}

void add_elementwise(Makers& m) {
  using namespace ops;
  const std::pair<const char*, Tensor (*)(const Tensor&)> unaries[] = {{"abs", abs},
                                                                       {"absolute", absolute},
                                                                       {"negative", negative},
                                                                       {"sign", sign},
                                                                       {"square", square},
                                                                       {"sqrt", sqrt},
                                                                       {"rsqrt", rsqrt},
                                                                       {"reciprocal", reciprocal},
                                                                       {"exp", exp},
                                                                       {"expm1", expm1},
                                                                       {"log", log},
                                                                       {"log1p", log1p},
                                                                       {"log2", log2},
                                                                       {"log10", log10},
                                                                       {"sin", sin},
                                                                       {"cos", cos},
                                                                       {"tan", tan},
                                                                       {"arcsin", arcsin},
                                                                       {"arccos", arccos},
                                                                       {"arctan", arctan},
                                                                       {"sinh", sinh},
                                                                       {"cosh", cosh},
                                                                       {"tanh", tanh},
                                                                       {"floor", floor},
                                                                       {"ceil", ceil},
                                                                       {"isnan", isnan},
                                                                       {"isinf", isinf},
                                                                       {"isfinite", isfinite},
                                                                       {"logical_not", logical_not},
                                                                       {"erf", erf},
                                                                       {"sigmoid", sigmoid},
                                                                       {"relu", relu},
                                                                       {"softplus", softplus},
                                                                       {"log_sigmoid", log_sigmoid},
                                                                       {"ravel", ravel}};
  for (const auto& [name, f] : unaries) m[name] = unary(f);
  const std::pair<const char*, Tensor (*)(const Tensor&, const Tensor&)> binaries[] = {
      {"add", add},
      {"subtract", subtract},
      {"multiply", multiply},
      {"divide", divide},
      {"true_divide", divide},
      {"floor_divide", floor_divide},
      {"mod", mod},
      {"power", power},
      {"maximum", maximum},
      {"minimum", minimum},
      {"arctan2", arctan2},
      {"logaddexp", logaddexp},
      {"equal", equal},
      {"not_equal", not_equal},
      {"greater", greater},
      {"greater_equal", greater_equal},
      {"less", less},
      {"less_equal", less_equal},
      {"logical_and", logical_and},
      {"logical_or", logical_or},
      {"logical_xor", logical_xor},
      {"matmul", matmul},
      {"dot", dot}};
  for (const auto& [name, f] : binaries) m[name] = binary(f);
  m["round"] = [](const Call& c) {
    return c.argument(1, "decimals").is_null() ? Results{round(c.tensor(0))} : Results{};
  };
  m["zeros_like"] = [](const Call& c) { return Results{zeros_like(c.tensor(0))}; };
  m["ones_like"] = [](const Call& c) { return Results{ones_like(c.tensor(0))}; };
  m["where"] = [](const Call& c) { return Results{where(c.tensor(0), c.tensor(1), c.tensor(2))}; };
  m["clip"] = [](const Call& c) { return Results{clip(c.tensor(0), c.tensor(1), c.tensor(2))}; };
  m["cast"] = [](const Call& c) {
    return Results{cast(c.tensor(0), dtype_from(c.argument(1, "dtype").as_string()))};
  };
}

void add_reductions(Makers& m) {
  using namespace ops;
  const std::pair<const char*, Tensor (*)(const Tensor&, const Axes&, bool)> reductions[] = {
      {"sum", ops::sum},       {"mean", mean}, {"max", ops::max},
      {"min", ops::min},       {"prod", prod}, {"var", var},
      {"std", ops::std},       {"any", any},   {"all", all},
      {"logsumexp", logsumexp}};
  for (const auto& [name, f] : reductions) m[name] = reduction(f);
  m["argmax"] = [](const Call& c) { return Results{argmax(c.tensor(0), c.axis(), c.keepdims())}; };
  m["argmin"] = [](const Call& c) { return Results{argmin(c.tensor(0), c.axis(), c.keepdims())}; };
  m["cumsum"] = [](const Call& c) {
    if (!c.argument(2, "dtype").is_null()) return Results{};
    return Results{cumsum(c.tensor(0), c.axis())};
  };
  m["softmax"] = [](const Call& c) {
    if (c.argument(1, "axis").is_list()) return Results{};
    return Results{softmax(c.tensor(0), c.axis().value_or(-1))};
  };
  m["log_softmax"] = [](const Call& c) {
    if (c.argument(1, "axis").is_list()) return Results{};
    return Results{log_softmax(c.tensor(0), c.axis().value_or(-1))};
  };
}

Results make_pad(const Call& c) {
  const Config mode = c.argument(2, "mode");
  if (!mode.is_null() && mode.as_string() != "constant") return {};
  const Config width = c.argument(1, "pad_width");
  const Config value = c.argument(3, "constant_values");
  const auto rank = static_cast<size_t>(c.tensor(0).rank());
  std::vector<std::pair<int64_t, int64_t>> pairs;
  for (size_t i = 0; i < rank; ++i) {
    if (width.is_int()) {
      pairs.emplace_back(width.as_int(), width.as_int());
    } else {
      const Config& pair = width[width.size() == 1 ? 0 : i];
      pairs.emplace_back(pair[0].as_int(), pair[1].as_int());
    }
  }
  return {ops::pad(c.tensor(0), pairs, value.is_null() ? 0.0 : value.as_number())};
}

void add_shaping(Makers& m) {
  using namespace ops;
  m["reshape"] = [](const Call& c) {
    return Results{reshape(c.tensor(0), c.shape(1, "newshape"))};
  };
  m["broadcast_to"] = [](const Call& c) {
    return Results{broadcast_to(c.tensor(0), c.shape(1, "shape"))};
  };
  m["transpose"] = [](const Call& c) { return Results{transpose(c.tensor(0), c.ints(1, "axes"))}; };
  m["swapaxes"] = [](const Call& c) {
    return Results{
        swapaxes(c.tensor(0), c.argument(1, "axis1").as_int(), c.argument(2, "axis2").as_int())};
  };
  m["concatenate"] = [](const Call& c) { return Results{concatenate(c.tensors(0), *c.axis())}; };
  m["stack"] = [](const Call& c) { return Results{stack(c.tensors(0), *c.axis())}; };
  m["split"] = [](const Call& c) {
    const Config parts = c.argument(1, "indices_or_sections");
    if (parts.is_int()) return split(c.tensor(0), parts.as_int(), *c.axis(2));
    return split(c.tensor(0), c.ints(1, "indices_or_sections"), *c.axis(2));
  };
  m["expand_dims"] = [](const Call& c) {
    if (c.argument(1, "axis").is_list()) return Results{};
    return Results{expand_dims(c.tensor(0), *c.axis())};
  };
  m["squeeze"] = [](const Call& c) {
    if (c.argument(1, "axis").is_list()) return Results{};
    return Results{squeeze(c.tensor(0), c.axis())};
  };
  m["tile"] = [](const Call& c) { return Results{tile(c.tensor(0), c.ints(1, "repeats"))}; };
  m["repeat"] = [](const Call& c) {
    const Config repeats = c.argument(1, "repeats");
    if (!repeats.is_int()) return Results{};
    return Results{repeat(c.tensor(0), repeats.as_int(), c.axis(2))};
  };
  m["pad"] = make_pad;
  m["flip"] = along_axis(flip);
}

Index index_of(const Config& item) {
  if (item.is_int()) return item.as_int();
  if (item.has("ellipsis")) return Ellipsis;
  if (item.has("newaxis")) return NewAxis;
  return Codec<Index>::read(item);
}

Results make_get_item(const Call& c) {
  const Config key = c.argument(1, "key");
  Config::List items = key.is_list() ? key.as_list() : Config::List{key};
  std::vector<Index> indices;
  for (const Config& item : items) {
    if (item.has("array")) return {};
    indices.push_back(index_of(item));
  }
  return {ops::get_item(c.tensor(0), indices)};
}

Results make_linspace(const Call& c) {
  const Config start = c.argument(0, "start");
  if (!start.is_number()) return {};
  const Config num = c.argument(2, "num");
  const Config endpoint = c.argument(3, "endpoint");
  return {ops::linspace(start.as_number(), c.argument(1, "stop").as_number(),
                        num.is_null() ? 50 : num.as_int(), endpoint.is_null() || endpoint.as_bool(),
                        c.output_dtype())};
}

std::optional<DType> dtype_of_call(const Call& c, size_t position) {
  const Config dtype = c.argument(position, "dtype");
  if (dtype.is_null()) return std::nullopt;
  return dtype_from(dtype.as_string());
}

Results make_einsum(const Call& c) {
  std::vector<Tensor> operands;
  for (size_t i = 1; i < c.count(); ++i) operands.push_back(c.tensor(i));
  return {ops::einsum(c.argument(0, "subscripts").as_string(), operands)};
}

Results make_normalize(const Call& c) {
  const Config order = c.argument(2, "order");
  const Config epsilon = c.argument(3, "epsilon");
  const Config axis = c.argument(1, "axis");
  const ops::Axes axes = axis.is_list() ? ops::Axes(c.ints(1, "axis")) : c.axis().value_or(-1);
  return {ops::normalize(c.tensor(0), axes, order.is_null() ? 2 : order.as_int(),
                         epsilon.is_null() ? 1e-7 : epsilon.as_number())};
}

void add_others(Makers& m) {
  using namespace ops;
  m["einsum"] = make_einsum;
  m["normalize"] = make_normalize;
  m["get_item"] = make_get_item;
  m["take"] = [](const Call& c) { return Results{take(c.tensor(0), c.tensor(1), c.axis(2))}; };
  m["take_along_axis"] = [](const Call& c) {
    return Results{take_along_axis(c.tensor(0), c.tensor(1), c.axis(2))};
  };
  m["one_hot"] = [](const Call& c) {
    return Results{one_hot(c.tensor(0), c.argument(1, "num_classes").as_int(),
                           c.axis(2).value_or(-1), dtype_of_call(c, 3).value_or(DType::float32))};
  };
  m["arange"] = [](const Call& c) {
    const auto dtype = dtype_of_call(c, 3);
    const bool one = c.argument(1, "stop").is_null();
    const Tensor step = c.argument(2, "step").is_null() ? Tensor(1) : c.tensor(2);
    return Results{one ? arange(0, c.tensor(0), step, dtype)
                       : arange(c.tensor(0), c.tensor(1), step, dtype)};
  };
  m["linspace"] = make_linspace;
  m["zeros"] = [](const Call& c) {
    return Results{zeros(c.shape(0, "shape"), dtype_of_call(c, 1).value_or(DType::float32))};
  };
  m["ones"] = [](const Call& c) {
    return Results{ones(c.shape(0, "shape"), dtype_of_call(c, 1).value_or(DType::float32))};
  };
  m["full"] = [](const Call& c) {
    return Results{
        full(c.shape(0, "shape"), c.tensor(1), dtype_of_call(c, 2).value_or(DType::float32))};
  };
  m["eye"] = [](const Call& c) {
    const Config columns = c.argument(1, "M");
    const Config k = c.argument(2, "k");
    return Results{eye(c.argument(0, "N").as_int(), Codec<std::optional<int64_t>>::read(columns),
                       k.is_null() ? 0 : k.as_int())};
  };
}

const Makers& makers() {
  static const Makers all = [] {
    Makers m;
    add_elementwise(m);
    add_reductions(m);
    add_shaping(m);
    add_others(m);
    return m;
  }();
  return all;
}

}  // namespace

Config GoldenCall::argument(size_t position, std::string_view keyword) const {
  const Config& positional = case_.at("args");
  if (position < positional.size()) return positional[position];
  return case_.at("kwargs").get(keyword);
}

Tensor GoldenCall::value(const Config& place, const Config& argument) const {
  const auto at = replaced_.find(to_json(place));
  if (at != replaced_.end()) return at->second;
  if (argument.is_bool()) return Tensor(argument.as_bool());
  if (argument.is_int()) return Tensor(argument.as_int());
  if (argument.is_number()) return Tensor(argument.as_number());
  const Tensor array = golden_.tensor(argument.at("array"));
  return exact_ && is_float(array.dtype()) ? array.cast(DType::float64) : array;
}

Tensor GoldenCall::tensor(size_t position) const {
  return value(Config::list({static_cast<int64_t>(position)}), case_.at("args")[position]);
}

std::vector<Tensor> GoldenCall::tensors(size_t position) const {
  const Config& list = case_.at("args")[position];
  std::vector<Tensor> result;
  for (size_t i = 0; i < list.size(); ++i) {
    result.push_back(
        value(Config::list({static_cast<int64_t>(position), static_cast<int64_t>(i)}), list[i]));
  }
  return result;
}

std::optional<int64_t> GoldenCall::axis(size_t position) const {
  return Codec<std::optional<int64_t>>::read(argument(position, "axis"));
}

ops::Axes GoldenCall::axes() const {
  const Config given = argument(1, "axis");
  if (given.is_null()) return {};
  return given.is_int() ? ops::Axes(given.as_int()) : ops::Axes(ints(1, "axis"));
}

bool GoldenCall::keepdims() const {
  const Config given = argument(2, "keepdims");
  return !given.is_null() && given.as_bool();
}

Shape GoldenCall::shape(size_t position, std::string_view keyword) const {
  return Shape(ints(position, keyword));
}

std::vector<int64_t> GoldenCall::ints(size_t position, std::string_view keyword) const {
  const Config given = argument(position, keyword);
  if (given.is_null()) return {};
  if (given.is_int()) return {given.as_int()};
  return Codec<std::vector<int64_t>>::read(given);
}

DType GoldenCall::output_dtype() const { return golden_.tensor(case_.at("output")).dtype(); }

std::vector<Tensor> make_call(const std::string& name, const GoldenCall& call) {
  return makers().at(name)(call);
}

bool has_function(const std::string& name) { return makers().contains(name); }

}  // namespace keratin::testing_support
