// SPDX-License-Identifier: Apache-2.0
// Ops of functional models, in the words that keras.Model.get_config has for them.
#include "keratin/model/op_nodes.h"

#include <gtest/gtest.h>

#include "keratin/base/config.h"
#include "keratin/keratin.h"
#include "tests/support/close.h"
#include "tests/support/message.h"

namespace keratin {
namespace {

using testing_support::message_of;
using testing_support::same_bits;

Tensor numbers(const Shape& shape) {
  return ops::sin(ops::arange(shape.element_count()).cast(DType::float32) * 1.7).reshape(shape);
}

Config read(const std::string& json) { return parse_json(json, "test"); }

// Is an op on inputs of these values, what Keras says of it, and what comes out.
struct Row {
  const char* module;
  const char* class_name;
  const char* arguments;  // besides the name
  std::vector<Tensor> inputs;
  Tensor (*call)(const std::vector<Tensor>&);
};

using In = const std::vector<Tensor>&;

std::vector<Row> rows() {
  const Tensor x = numbers({2, 3, 4}), s = numbers({2, 1, 4});
  const Tensor i = Tensor::from({0, 2, 1, 1}, {2, 2});
  const Tensor places = Tensor::from({0, 2, 1, 1, 0, 0, 2, 1}, {2, 1, 4});
  return {
      {"numpy",
       "Argmax",
       R"({"axis": -1, "keepdims": true})",
       {x},
       [](In in) { return ops::argmax(in[0], -1, true); }},
      {"numpy",
       "Argmax",
       R"({"axis": null, "keepdims": false})",
       {x},
       [](In in) { return ops::argmax(in[0]); }},
      {"numpy",
       "Argmin",
       R"({"axis": 1, "keepdims": false})",
       {x},
       [](In in) { return ops::argmin(in[0], 1); }},
      {"nn", "LogSoftmax", R"({"axis": 1})", {x}, [](In in) { return ops::log_softmax(in[0], 1); }},
      {"nn", "Softmax", R"({"axis": 1})", {x}, [](In in) { return ops::softmax(in[0], 1); }},
      {"numpy",
       "Tile",
       R"({"repeats": [1, 2, 1]})",
       {x},
       [](In in) {
         return ops::tile(in[0], {1, 2, 1});
       }},
      {"numpy",
       "BroadcastTo",
       R"({"shape": [2, 3, 4]})",
       {s},
       [](In in) {
         return ops::broadcast_to(in[0], {2, 3, 4});
       }},
      {"numpy", "Take", R"({"axis": 1})", {x, i}, [](In in) { return ops::take(in[0], in[1], 1); }},
      {"numpy",
       "TakeAlongAxis",
       R"({"axis": 1})",
       {x, places},
       [](In in) { return ops::take_along_axis(in[0], in[1], 1); }},
      {"nn",
       "OneHot",
       R"({"num_classes": 5, "axis": 1, "dtype": "float16", "sparse": false})",
       {i},
       [](In in) { return ops::one_hot(in[0], 5, 1, DType::float16); }},
      {"numpy",
       "Cumsum",
       R"({"axis": 1, "dtype": null})",
       {x},
       [](In in) { return ops::cumsum(in[0], 1); }},
      {"numpy", "Flip", R"({"axis": 2})", {x}, [](In in) { return ops::flip(in[0], 2); }},
      {"numpy",
       "Repeat",
       R"({"repeats": 2, "axis": 1})",
       {x},
       [](In in) { return ops::repeat(in[0], 2, 1); }},
      {"numpy", "Squeeze", R"({"axis": 1})", {s}, [](In in) { return ops::squeeze(in[0], 1); }},
      {"numpy", "Stack", R"({"axis": 1})", {x, x}, [](In in) { return ops::stack(in, 1); }},
      {"numpy",
       "Sum",
       R"({"axis": [1, 2], "keepdims": true})",
       {x},
       [](In in) {
         return ops::sum(in[0], {1, 2}, true);
       }},
      {"numpy", "Absolute", "{}", {x}, [](In in) { return ops::absolute(in[0]); }},
  };
}

TEST(OpNodes, AreReadAsKerasWritesThem) {
  for (const Row& row : rows()) {
    SCOPED_TRACE(row.class_name);
    const std::vector<Tensor> results =
        call_op_node(row.class_name, read(row.arguments), row.inputs);
    ASSERT_EQ(results.size(), 1u);
    EXPECT_TRUE(same_bits(results[0], row.call(row.inputs)));
  }
  const Tensor x = numbers({2, 3});
  const auto call = [&](const char* name, const char* json, const std::vector<Tensor>& inputs) {
    return call_op_node(name, read(json), inputs)[0];
  };
  EXPECT_TRUE(same_bits(call("ZerosLike", R"({"dtype": null})", {x}), Tensor::zeros({2, 3})));
  EXPECT_TRUE(same_bits(call("OnesLike", R"({"dtype": "int32"})", {x}),
                        Tensor::ones({2, 3}, DType::int32)));
  EXPECT_TRUE(same_bits(call("FullLike", R"({"dtype": null})", {x, Tensor(3.0f)}),
                        Tensor::ones({2, 3}) * 3.0f));
  EXPECT_TRUE(same_bits(call("Abs", "{}", {x}), ops::absolute(x)));
  EXPECT_TRUE(same_bits(call("TrueDivide", "{}", {x, x + 3.0f}), x / (x + 3.0f)));
  EXPECT_TRUE(same_bits(call("OneHot", R"({"num_classes": 3})", {Tensor::from({2, 0}, {2})}),
                        ops::one_hot(Tensor::from({2, 0}, {2}), 3)));
  EXPECT_TRUE(same_bits(call("Squeeze", R"({"axis": [1]})", {x.reshape({2, 1, 3})}), x));
  EXPECT_TRUE(same_bits(call("ExpandDims", R"({"axis": 1})", {x}), x.reshape({2, 1, 3})));
  EXPECT_TRUE(
      same_bits(call("Concatenate", R"({"axis": -1})", {x, x}), ops::concatenate({x, x}, -1)));
  EXPECT_TRUE(same_bits(call("Transpose", R"({"axes": [1, 0]})", {x}), ops::transpose(x)));
  EXPECT_TRUE(same_bits(call("Transpose", R"({"axes": null})", {x}), ops::transpose(x)));
  EXPECT_EQ(message_of<ConfigError>([&] { call("Pad", "{}", {x}); }),
            "functional model: expected an op that this version reads from a config, got 'Pad'. "
            "Put it into a layer.");
}

// What is written is what Keras wrote, and a model that is read from it computes the same.
TEST(OpNodes, AreWrittenAsKerasWritesThem) {
  for (const Row& row : rows()) {
    SCOPED_TRACE(std::string(row.class_name) + row.arguments);
    std::vector<Tensor> symbols;
    std::vector<Tensor> given = row.inputs;
    if (row.class_name == std::string("Stack")) given.pop_back();
    for (const Tensor& input : given) {
      symbols.push_back(
          layers::Input(input.shape().slice(1, input.rank()), {.dtype = input.dtype()}));
    }
    std::vector<Tensor> called = symbols;
    if (row.class_name == std::string("Stack")) called.push_back(symbols[0]);
    const Nest inputs = symbols.size() == 1 ? Nest(symbols[0]) : Nest(symbols);
    const Model model({.inputs = inputs, .outputs = row.call(called)});
    const Config config = read(model.to_json());
    const Config& last = config.at("config").at("layers").as_list().back();
    EXPECT_EQ(last.at("module").as_string(), std::string("keras.src.ops.") + row.module);
    EXPECT_EQ(last.at("class_name").as_string(), row.class_name);
    const Config wanted = read(row.arguments);
    for (const auto& [key, value] : wanted.as_dict()) {
      if (key == "sparse" || value == Config(-1)) continue;  // says the same in other words
      EXPECT_EQ(to_json(last.at("config").get(key)), to_json(value)) << key;
    }
    const Model again = models::model_from_json(model.to_json());
    const Nest data = given.size() == 1 ? Nest(given[0]) : Nest(given);
    EXPECT_TRUE(same_bits(again(data).tensor(), row.call(row.inputs)));
  }
}

TEST(OpNodes, KeepIndicesOfAllKinds) {
  const Tensor x = numbers({2, 3, 4});
  const Tensor input = layers::Input({3, 4});
  const Model model({.inputs = input, .outputs = input[{All, -1, NewAxis, Slice(3, 0, -2)}]});
  const Tensor expected = x[{All, -1, NewAxis, Slice(3, 0, -2)}];
  EXPECT_EQ(expected.shape(), (Shape{2, 1, 2}));
  EXPECT_TRUE(same_bits(models::model_from_json(model.to_json())(x).tensor(), expected));
  const Model rest({.inputs = input, .outputs = input[{Ellipsis, 2}]});
  EXPECT_TRUE(same_bits(models::model_from_json(rest.to_json())(x).tensor(), x[{Ellipsis, 2}]));
  EXPECT_EQ(index_items(read("3")).size(), 1u);
}

}  // namespace
}  // namespace keratin
