// SPDX-License-Identifier: Apache-2.0
// The ops of functional models as files hold them: a class of keras.src.ops with the arguments of
// its constructor. An op without arguments goes by its name.
#include "keratin/model/op_nodes.h"

#include <map>

#include "keratin/base/check.h"
#include "keratin/base/text.h"
#include "keratin/graph/ops/ops.h"

namespace keratin {

namespace {

using Tensors = std::vector<Tensor>;

ops::Axes axes_of(const Config& config) {
  const Config axis = config.get("axis");
  if (axis.is_null()) return {};
  if (axis.is_list()) return ops::Axes(Codec<std::vector<int64_t>>::read(axis));
  return axis.as_int();
}

bool keepdims_of(const Config& config) {
  return config.get("keepdims").is_bool() && config.at("keepdims").as_bool();
}

int64_t int_of(const Config& config, std::string_view key, int64_t otherwise) {
  const Config value = config.get(key);
  return value.is_null() ? otherwise : value.as_int();
}

std::optional<int64_t> axis_of(const Config& config) {
  const Config axis = config.get("axis");
  if (axis.is_null()) return std::nullopt;
  return axis.is_list() ? axis[0].as_int() : axis.as_int();
}

std::optional<DType> dtype_of(const Config& config) {
  const Config dtype = config.get("dtype");
  if (!dtype.is_string()) return std::nullopt;
  return dtype_from(dtype.as_string());
}

using Reduce = Tensor (*)(const Tensor&, const ops::Axes&, bool);

template <Reduce F>
Tensors reduce(const Config& config, const Tensors& in) {
  return {F(in[0], axes_of(config), keepdims_of(config))};
}

Shape shape_of(const Config& config, std::string_view key) {
  return Codec<Shape>::read(config.at(key));
}

std::vector<int64_t> ints_of(const Config& config, std::string_view key) {
  const Config value = config.get(key);
  if (value.is_null()) return {};
  return Codec<std::vector<int64_t>>::read(value);
}

using Call = Tensors (*)(const Config&, const Tensors&);

const std::map<std::string_view, Call>& calls() {
  static const std::map<std::string_view, Call> table = {
      {"Sum", reduce<ops::sum>},
      {"Prod", reduce<ops::prod>},
      {"Mean", reduce<ops::mean>},
      {"Var", reduce<ops::var>},
      {"Std", reduce<ops::std>},
      {"Max", reduce<ops::max>},
      {"Min", reduce<ops::min>},
      {"Any", reduce<ops::any>},
      {"All", reduce<ops::all>},
      {"Logsumexp", reduce<ops::logsumexp>},
      {"Argmax",
       [](const Config& c, const Tensors& in) {
         return Tensors{ops::argmax(in[0], axis_of(c), keepdims_of(c))};
       }},
      {"Argmin",
       [](const Config& c, const Tensors& in) {
         return Tensors{ops::argmin(in[0], axis_of(c), keepdims_of(c))};
       }},
      {"Reshape",
       [](const Config& c, const Tensors& in) {
         return Tensors{ops::reshape(in[0], shape_of(c, "newshape"))};
       }},
      {"Transpose",
       [](const Config& c, const Tensors& in) {
         return Tensors{ops::transpose(in[0], ints_of(c, "axes"))};
       }},
      {"ExpandDims",
       [](const Config& c, const Tensors& in) {
         return Tensors{ops::expand_dims(in[0], axis_of(c).value_or(0))};
       }},
      {"Squeeze",
       [](const Config& c, const Tensors& in) { return Tensors{ops::squeeze(in[0], axis_of(c))}; }},
      {"Concatenate",
       [](const Config& c, const Tensors& in) {
         return Tensors{ops::concatenate(in, int_of(c, "axis", 0))};
       }},
      {"Stack", [](const Config& c,
                   const Tensors& in) { return Tensors{ops::stack(in, int_of(c, "axis", 0))}; }},
      {"Softmax",
       [](const Config& c, const Tensors& in) {
         return Tensors{ops::softmax(in[0], int_of(c, "axis", -1))};
       }},
      {"LogSoftmax",
       [](const Config& c, const Tensors& in) {
         return Tensors{ops::log_softmax(in[0], int_of(c, "axis", -1))};
       }},
      {"Clip",
       [](const Config& c, const Tensors& in) {
         return Tensors{ops::clip(in[0], c.at("x_min").as_number(), c.at("x_max").as_number())};
       }},
      {"Cast",
       [](const Config& c, const Tensors& in) {
         return Tensors{ops::cast(in[0], dtype_from(c.at("dtype").as_string()))};
       }},
      {"Cumsum",
       [](const Config& c, const Tensors& in) { return Tensors{ops::cumsum(in[0], axis_of(c))}; }},
      {"Flip",
       [](const Config& c, const Tensors& in) { return Tensors{ops::flip(in[0], axis_of(c))}; }},
      {"Tile", [](const Config& c,
                  const Tensors& in) { return Tensors{ops::tile(in[0], ints_of(c, "repeats"))}; }},
      {"Repeat",
       [](const Config& c, const Tensors& in) {
         return Tensors{ops::repeat(in[0], c.at("repeats").as_int(), axis_of(c))};
       }},
      {"BroadcastTo",
       [](const Config& c, const Tensors& in) {
         return Tensors{ops::broadcast_to(in[0], shape_of(c, "shape"))};
       }},
      {"Take", [](const Config& c,
                  const Tensors& in) { return Tensors{ops::take(in[0], in[1], axis_of(c))}; }},
      {"TakeAlongAxis",
       [](const Config& c, const Tensors& in) {
         return Tensors{ops::take_along_axis(in[0], in[1], axis_of(c))};
       }},
      {"OneHot",
       [](const Config& c, const Tensors& in) {
         return Tensors{ops::one_hot(in[0], c.at("num_classes").as_int(), int_of(c, "axis", -1),
                                     dtype_of(c).value_or(DType::float32))};
       }},
      {"ZerosLike", [](const Config& c,
                       const Tensors& in) { return Tensors{ops::zeros_like(in[0], dtype_of(c))}; }},
      {"OnesLike", [](const Config& c,
                      const Tensors& in) { return Tensors{ops::ones_like(in[0], dtype_of(c))}; }},
      {"FullLike",
       [](const Config& c, const Tensors& in) {
         return Tensors{ops::full_like(in[0], in[1], dtype_of(c))};
       }},
      {"TrueDivide",
       [](const Config&, const Tensors& in) { return Tensors{ops::divide(in[0], in[1])}; }},
      {"Abs", [](const Config&, const Tensors& in) { return Tensors{ops::absolute(in[0])}; }},
  };
  return table;
}

}  // namespace

std::vector<Tensor> call_op_node(const std::string& class_name, const Config& config,
                                 const std::vector<Tensor>& inputs) {
  const auto known = calls().find(class_name);
  if (known != calls().end()) return known->second(config, inputs);
  const OpDef& op = find_op(text::snake_case(class_name));
  require<ConfigError>(op.attrs == nullptr, "functional model",
                       "expected an op that this version reads from a config, got '{}'. Put it "
                       "into a layer.",
                       class_name);
  return apply(op, inputs);
}

std::vector<Index> index_items(const Config& key) {
  if (!key.is_list()) return index_items(Config::list({key}));
  const auto end = [](const Config& value) {
    return value.is_null() ? std::optional<int64_t>() : value.as_int();
  };
  std::vector<Index> items;
  for (const Config& item : key.as_list()) {
    const Config kind = item.get("class_name");
    if (item.is_null()) {
      items.emplace_back(NewAxis);
    } else if (kind == Config("__ellipsis__")) {
      items.emplace_back(Ellipsis);
    } else if (kind == Config("__slice__")) {
      const Config& range = item.at("config");
      items.emplace_back(
          Slice(end(range.get("start")), end(range.get("stop")), end(range.get("step"))));
    } else {
      items.emplace_back(item.as_int());
    }
  }
  return items;
}

}  // namespace keratin
