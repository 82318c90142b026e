// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "keratin/base/error.h"
#include "keratin/graph/graph.h"

namespace keratin {
namespace {

const char* const all_forms = R"(graph {
  %0 = input "x" : float32[8, 4]
  %1 = input "mask \"m\"" : bool[8, None]
  %2 = variable "dense/kernel" : float32[4, 2]
  %3 = variable "dense/bias" : float32[2]
  %4 = constant [1.5, -2.0] : float32[2]
  %5 = constant [] : int32[0, 3]
  %6 = matmul(%0, %2) : float32[8, 2]
  %7 = add(%6, %3) : float32[8, 2]
  %8 = multiply(%7, %4) : float32[8, 2]
  %9 = sum(%8) {axis = [0], keepdims = false} : float32[2]
  %10 = sum(%5) {axis = [], keepdims = true} : int32[1, 1]
  update "dense/bias" = %9
  update "steps" = %10
  return %8, %1, %10
}
)";

std::string in_graph(const std::string& line) {
  return "graph {\n  %0 = input \"x\" : float32[2]\n" + line + "\n  return %0\n}\n";
}

std::string error_of(const std::string& text) {
  try {
    parse_graph(text);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no ConfigError";
}

TEST(GraphText, ReadsBackWhatItPrints) {
  const auto graph = parse_graph(all_forms);
  EXPECT_EQ(to_string(*graph), all_forms);
  EXPECT_EQ(graph->nodes().size(), 5u);
  EXPECT_EQ(graph->inputs().size(), 2u);
  EXPECT_EQ(graph->value(graph->inputs()[1]).name, "mask \"m\"");
  EXPECT_EQ(graph->value(graph->inputs()[1]).spec, (TensorSpec{{8, None}, DType::bool_}));
  ASSERT_EQ(graph->updates.size(), 2u);
  EXPECT_EQ(graph->outputs.size(), 3u);
}

TEST(GraphText, VariablesAreMadeAnewWithZeros) {
  const auto graph = parse_graph(all_forms);
  const Variable bias = graph->updates[0].variable;
  EXPECT_EQ(bias.path(), "dense/bias");
  EXPECT_EQ(bias.name(), "bias");
  EXPECT_EQ(bias.spec(), (TensorSpec{{2}, DType::float32}));
  EXPECT_EQ(bias.value().to_vector<float>(), std::vector<float>({0, 0}));
  const Variable steps = graph->updates[1].variable;
  EXPECT_EQ(steps.spec(), (TensorSpec{{1, 1}, DType::int32}));
}

TEST(GraphText, EmptyGraphsPrint) {
  EXPECT_EQ(to_string(Graph()), "graph {\n  return\n}\n");
  EXPECT_EQ(to_string(*parse_graph("\n  graph{\n\n\treturn\r\n } \n\n")), "graph {\n  return\n}\n");
}

TEST(GraphText, MissingAttributesTakeTheirDefaults) {
  const auto graph = parse_graph(in_graph("%1 = sum(%0) {keepdims=true} : float32[1]"));
  const auto& text = to_string(*graph);
  EXPECT_NE(text.find("sum(%0) {axis = [], keepdims = true} : float32[1]"), std::string::npos);
  const auto bare = parse_graph(in_graph("%1 = sum(%0) : float32[]"));
  EXPECT_NE(to_string(*bare).find("sum(%0) {axis = [], keepdims = false} : float32[]"),
            std::string::npos);
}

TEST(GraphText, AttributesOfEveryOpReadBack) {
  int count = 0;
  for (const OpDef* op : all_ops()) {
    if (op->attrs == nullptr) continue;
    const std::string line = "%1 = " + std::string(op->name) + "(%0) : float32[2]";
    const auto graph = parse_graph(in_graph(line));
    const auto again = parse_graph(to_string(*graph));
    EXPECT_EQ(again->nodes()[0].attrs, graph->nodes()[0].attrs) << op->name;
    EXPECT_EQ(to_string(*again), to_string(*graph));
    ++count;
  }
  EXPECT_GT(count, 10);
}

// Builds 2 * (x + 1), adding what it needs in one order or the other.
Graph two_orders(bool constants_first) {
  Graph graph;
  const TensorSpec spec{{}, DType::float32};
  ValueId x = 0;
  ValueId one = 0;
  ValueId two = 0;
  if (constants_first) {
    two = graph.add_constant(Array::scalar(2.0f));
    graph.add_constant(Array::scalar(3.0f));  // nothing uses it
    one = graph.add_constant(Array::scalar(1.0f));
  }
  x = graph.add_input(spec, "x");
  if (!constants_first) {
    one = graph.add_constant(Array::scalar(1.0f));
    two = graph.add_constant(Array::scalar(2.0f));
  }
  const ValueId sum = graph.add_node(find_op("add"), {}, {x, one}, {spec})[0];
  graph.outputs = graph.add_node(find_op("multiply"), {}, {two, sum}, {spec});
  return graph;
}

TEST(GraphText, EqualGraphsPrintAlike) {
  EXPECT_EQ(to_string(two_orders(true)), to_string(two_orders(false)));
  EXPECT_EQ(to_string(two_orders(true)), R"(graph {
  %0 = input "x" : float32[]
  %1 = constant [1.0] : float32[]
  %2 = constant [2.0] : float32[]
  %3 = add(%0, %1) : float32[]
  %4 = multiply(%2, %3) : float32[]
  return %4
}
)");
}

TEST(GraphText, VariablesOfOnePathAreToldApart) {
  Graph graph;
  const Variable first(Tensor::zeros({2}), {.name = "seed", .path = "seed"});
  const Variable second(Tensor::zeros({2}), {.name = "seed", .path = "seed"});
  const ValueId a = graph.add_variable(first);
  const ValueId b = graph.add_variable(second);
  graph.updates = {{second, a}, {first, b}};
  const std::string text = to_string(graph);
  EXPECT_EQ(text, R"(graph {
  %0 = variable "seed" : float32[2]
  %1 = variable "seed#2" : float32[2]
  update "seed#2" = %0
  update "seed" = %1
  return
}
)");
  EXPECT_EQ(to_string(*parse_graph(text)), text);
}

TEST(GraphText, ABrokenGraphStillPrints) {
  Graph graph;
  graph.add_node(find_op("add"), {}, {0, 7}, {{{2}, DType::float32}});
  graph.outputs = {-1};
  EXPECT_EQ(to_string(graph), "graph {\n  %0 = add(%0, %?) : float32[2]\n  return %?\n}\n");
}

// Puts an array through the text form.
Array through_text(const Array& array) {
  Graph graph;
  graph.outputs = {graph.add_constant(array)};
  const auto read = parse_graph(to_string(graph));
  return read->value(read->outputs[0]).constant;
}

template <class T>
void expect_equal_bits(uint64_t seed) {
  std::mt19937_64 random(seed);
  Array array(dtype_of<T>, {4, 16});
  for (int64_t i = 0; i < array.size(); ++i) {
    const uint64_t bits = random();
    T value{};
    if constexpr (std::is_same_v<T, bool>) {
      value = bits % 2 == 0;
    } else {
      std::memcpy(static_cast<void*>(&value), &bits, sizeof(T));
      if (value != value) value = T(0);
    }
    array.data<T>()[i] = value;
  }
  const Array read = through_text(array);
  ASSERT_EQ(read.dtype(), array.dtype());
  ASSERT_EQ(read.shape(), array.shape());
  EXPECT_EQ(std::memcmp(read.raw(), array.raw(), array.bytes()), 0) << name_of(array.dtype());
}

TEST(GraphText, NumbersReadBackExactly) {
  for (int dtype = 0; dtype < dtype_count; ++dtype) {
    dispatch(static_cast<DType>(dtype), [&](auto tag) {
      for (uint64_t seed = 0; seed < 20; ++seed) {
        expect_equal_bits<typename decltype(tag)::type>(seed);
      }
    });
  }
}

TEST(GraphText, SpecialNumbersReadBack) {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> values{infinity, -infinity, -0.0f, 1e-45f, 3.4028235e38f, NAN};
  Graph graph;
  graph.outputs = {graph.add_constant(Array::from<float>(values, {6}))};
  EXPECT_NE(to_string(graph).find("[inf, -inf, -0.0, 1e-45, 3.4028235e+38, nan]"),
            std::string::npos);
  for (DType dtype : {DType::float16, DType::bfloat16, DType::float32, DType::float64}) {
    const Array read =
        through_text(Array::from<float>(values, {6}).cast(dtype)).cast(DType::float32);
    EXPECT_EQ(read.data<float>()[0], infinity);
    EXPECT_EQ(read.data<float>()[1], -infinity);
    EXPECT_TRUE(std::signbit(read.data<float>()[2]));
    EXPECT_TRUE(std::isnan(read.data<float>()[5]));
  }
}

TEST(GraphText, ViewsPrintTheirOwnElements) {
  const std::vector<int32_t> values{1, 2, 3, 4, 5, 6};
  const Array rows = Array::from<int32_t>(values, {2, 3});
  Graph graph;
  graph.outputs = {graph.add_constant(Array(rows.buffer(), rows.dtype(), {3, 2}, {1, 3}, 0))};
  EXPECT_NE(to_string(graph).find("constant [1, 4, 2, 5, 3, 6] : int32[3, 2]"), std::string::npos);
}

TEST(GraphText, LargeConstantsPrintTheirHashAndAreRefused) {
  const auto text_of = [](float last) {
    Array array = Array::zeros(DType::float32, {65});
    array.data<float>()[64] = last;
    Graph graph;
    graph.outputs = {graph.add_constant(array)};
    return to_string(graph);
  };
  const std::string text = text_of(1);
  EXPECT_EQ(text, text_of(1));
  EXPECT_NE(text, text_of(2));
  const size_t at = text.find("constant #") + 10;
  EXPECT_EQ(text.substr(at).find_first_not_of("0123456789abcdef"), 16u);
  EXPECT_EQ(text.substr(at + 16, 19), " ... : float32[65]\n");
  EXPECT_EQ(error_of(text),
            "parse_graph, line 2: expected the elements of the constant, got only their hash. "
            "Constants of more than 64 elements are printed without elements and cannot be read.");
}

TEST(GraphText, ErrorsNameTheLine) {
  struct Case {
    const char* line;
    const char* error;
  };
  const std::vector<Case> cases = {
      {"%0 = add(%0, %0) : float32[2]",
       "expected a new value, got %0 again. Number the values "
       "anew."},
      {"%1 = add(%0, %2) : float32[2]",
       "expected a value of an earlier line, got %2. Check the "
       "order."},
      {"%1 = ad(%0, %0) : float32[2]", "ops: expected the name of an op, got 'ad'."},
      {"%1 = add(%0, %0) {axis = 1} : float32[2]",
       "expected no attributes for add, got `axis`. Remove them."},
      {"%1 = sum(%0) {axes = [0]} : float32[]", "axes"},
      {"%1 = sum(%0) {axis = \"a\"} : float32[]", "axis"},
      {"%1 = sum(%0) {axis = [0], axis = [0]} : float32[]",
       "expected attributes that differ, got `axis` twice. Remove one."},
      {"%1 = sum(%0) {axis = [0} : float32[]", "expected JSON text"},
      {"%1 = sum(%0) {axis = } : float32[]",
       "expected the value of the attribute, got \"} : float32[]\". Check the text."},
      {"%1 = add(%0, %0)", "expected `:`, got the end of the line. Check the text."},
      {"%1 = add(%0, %0) : float32[2], float32[2]",
       "expected 1 specs, one for each value, got 2. Check the line."},
      {"%1, %2 = input \"y\" : float32[2]", "expected one value, got 2. Only ops make several."},
      {"%1 = input y : float32[2]",
       "expected a name in quotes, got \"y : float32[2]\". Check the text."},
      {"%1 = input \"y : float32[2]", "expected JSON text"},
      {"%1 = output \"y\" : float32[2]", "expected `(` after the name of an op"},
      {"%1 = input \"y\" : float31[2]", "float31"},
      {"%1 = input \"y\" : float32[-2]", "expected a size or None, got \"-2]\". Check the text."},
      {"%1 = input \"y\" : float32[Nine]", "expected a size or None"},
      {"%1 = input \"y\" : float32[99999999999999999999]",
       "expected a size or None, got \"99999999999999999999]\". Check the text."},
      {"%1 = input \"y\" : float32[4294967296, 4294967296]",
       "expected fewer than 2^59 elements, got more. Use smaller axes."},
      {"%1 = input \"y\" : float32[2] extra",
       "expected the end of the line, got \"extra\". Check the text."},
      {"%x = input \"y\" : float32[2]", "expected the number of a value"},
      {"%99999999999 = input \"y\" : float32[2]", "expected the number of a value"},
      {"%1 = variable \"v\" : float32[None]",
       "expected known sizes for a variable, got float32[None]. Give numbers."},
      {"%1 = variable \"v\" : float64[134217729]",
       "expected variables of at most 2^30 bytes in all, got more. Use smaller ones."},
      {"%1 = constant [1, 2] : float32[3]",
       "expected 3 elements for float32[3], got 2. Check the constant."},
      {"%1 = constant [1] : float32[None]",
       "expected known sizes for a constant, got float32[None]. Give numbers."},
      {"%1 = constant [1.5] : int32[]",
       "expected elements of int32, got \"1.5\". Check the constant."},
      {"%1 = constant [256] : uint8[]",
       "expected elements of uint8, got \"256\". Check the constant."},
      {"%1 = constant [70000.0] : float16[]",
       "expected elements of float16, got \"70000.0\". Check the constant."},
      {"%1 = constant [1e39] : float32[]",
       "expected elements of float32, got \"1e39\". Check the constant."},
      {"%1 = constant [1] : bool[]", "expected elements of bool, got \"1\". Check the constant."},
      {"%1 = constant [1 2] : float32[2]",
       "expected `,`, got \"2] : float32[2]\". Check the text."},
      {"update \"v\" = %5", "expected a value of an earlier line, got %5. Check the order."},
      {"updat \"v\" = %0",
       "expected a value, `update` or `return`, got \"updat \\\"v\\\" = %0\". "
       "Check the text."},
      {"}", "expected a value, `update` or `return`, got \"}\". Check the text."},
  };
  for (const Case& c : cases) {
    const std::string error = error_of(in_graph(c.line));
    EXPECT_TRUE(error.starts_with("parse_graph, line 3")) << c.line << "\n" << error;
    EXPECT_NE(error.find(c.error), std::string::npos) << c.line << "\n" << error;
  }
}

TEST(GraphText, ErrorsOfTheWholeText) {
  EXPECT_EQ(error_of(""),
            "parse_graph, line 1: expected `graph {`, lines, `return` and `}`, got the end of the "
            "text. Check that the text is whole.");
  EXPECT_EQ(error_of("graf {"),
            "parse_graph, line 1: expected `graph {`, got another word. Check the text.");
  EXPECT_EQ(error_of("graph {\n  return\n"),
            "parse_graph, line 3: expected `graph {`, lines, `return` and `}`, got the end of the "
            "text. Check that the text is whole.");
  EXPECT_EQ(error_of("graph {\n  return\n  return\n}"),
            "parse_graph, line 3: expected `}`, got \"return\". Check the text.");
  EXPECT_EQ(error_of("graph {\n  return\n}\nx"),
            "parse_graph, line 4: expected nothing after the graph, got \"x\". Check the text.");
  EXPECT_EQ(error_of("graph {\n  %0 = variable \"u\" : int8[1]\n"
                     "  %1 = variable \"v\" : float64[134217728]\n  return\n}\n"),
            "parse_graph, line 3: expected variables of at most 2^30 bytes in all, got more. Use "
            "smaller ones.");
  EXPECT_EQ(error_of("graph {\n  %0 = variable \"v\" : int8[]\n  %1 = variable \"v\" : int8[]\n"),
            "parse_graph, line 3: expected variables of different names, got 'v' twice. Rename "
            "one.");
  EXPECT_EQ(error_of("graph {\n  %0 = input \"v\" : int8[]\n  update \"a\" = %0\n"
                     "  update \"a\" = %0\n"),
            "parse_graph, line 4: expected one update of 'a', got two. Remove one.");
}

TEST(GraphText, DeepNestingIsRefused) {
  const std::string deep(200000, '[');
  const std::string error = error_of(in_graph("%1 = sum(%0) {axis = " + deep + "} : float32[]"));
  EXPECT_NE(error.find("parse_graph, line 3: "), std::string::npos);
  std::string axes = "1";
  for (int i = 0; i < 64; ++i) axes += ", 1";
  EXPECT_EQ(error_of(in_graph("%1 = input \"y\" : int8[" + axes + "]")),
            "parse_graph, line 3: expected at most 64 axes, got more. Use fewer.");
}

// Whatever is done to a text, reading it either works, and then what it prints reads back, or
// fails with a ConfigError.
TEST(GraphText, ChangedTextsAreReadOrRefused) {
  const std::string characters = "%0123456789 \"[]{}(),:=.-#\\\nabeinrstuNx\xC3\x01";
  std::mt19937 random(11);
  int read_count = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string text = all_forms;
    for (int change = static_cast<int>(random() % 3); change >= 0; --change) {
      const size_t at = random() % text.size();
      const char c = characters[random() % characters.size()];
      switch (random() % 4) {
        case 0:
          text[at] = c;
          break;
        case 1:
          text.erase(at, 1 + random() % 8);
          break;
        case 2:
          text.insert(at, 1, c);
          break;
        default:
          text.insert(at, text.substr(random() % text.size(), random() % 40));
      }
    }
    try {
      const std::string printed = to_string(*parse_graph(text));
      ASSERT_EQ(to_string(*parse_graph(printed)), printed) << text;
      ++read_count;
    } catch (const ConfigError&) {
    }
  }
  EXPECT_GT(read_count, 500);
  EXPECT_LT(read_count, 15000);
}

}  // namespace
}  // namespace keratin
