// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/nest.h"

#include <gtest/gtest.h>

#include <sstream>

#include "keratin/base/error.h"

namespace keratin {
namespace {

Tensor tensor_of(std::vector<int64_t> dims) { return Tensor::zeros(Shape(std::move(dims))); }

// Returns the first sizes of the tensors, by which these tests tell them apart.
std::vector<int64_t> first_sizes(const std::vector<Tensor>& tensors) {
  std::vector<int64_t> sizes;
  for (const Tensor& tensor : tensors) sizes.push_back(tensor.shape()[0]);
  return sizes;
}

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const ValueError& error) {
    return error.what();
  }
  return "no ValueError";
}

using Sizes = std::vector<int64_t>;

TEST(Nest, BracesMakeLists) {
  const Nest nest = {tensor_of({1}), tensor_of({2}), {tensor_of({3}), tensor_of({4})}};
  EXPECT_TRUE(nest.is_list());
  EXPECT_EQ(nest.size(), 3u);
  EXPECT_TRUE(nest[2].is_list());
  EXPECT_EQ(nest[2][1].shape(), Shape({4}));
  EXPECT_EQ(first_sizes(nest.flatten()), Sizes({1, 2, 3, 4}));
}

TEST(Nest, BracesWithNamesMakeDictsInTheOrderWritten) {
  const Nest nest = {{"b", tensor_of({1})}, {"a", tensor_of({2})}};
  EXPECT_TRUE(nest.is_dict());
  EXPECT_EQ(nest.items()[0].first, "b");
  EXPECT_EQ(nest["a"].shape(), Shape({2}));
  EXPECT_EQ(nest[0].shape(), Shape({1}));
  EXPECT_TRUE(nest.has("a"));
  EXPECT_FALSE(nest.has("c"));
}

TEST(Nest, VectorsAndMapsConvert) {
  const Nest list = std::vector<Tensor>{tensor_of({1}), tensor_of({2})};
  EXPECT_TRUE(list.is_list());
  EXPECT_EQ(list.size(), 2u);
  const Nest dict = std::map<std::string, Tensor>{{"y", tensor_of({1})}, {"x", tensor_of({2})}};
  EXPECT_TRUE(dict.is_dict());
  EXPECT_EQ(dict.items()[0].first, "x");
}

TEST(Nest, ATensorIsItsOwnLeaf) {
  const Tensor tensor = tensor_of({3});
  const Nest nest = tensor;
  EXPECT_TRUE(nest.is_tensor());
  EXPECT_TRUE(nest.tensor().is(tensor));
  EXPECT_EQ(nest.size(), 0u);
  EXPECT_TRUE(nest.items().empty());
  EXPECT_FALSE(nest.has("a"));
  const Tensor& converted = nest;
  EXPECT_TRUE(converted.is(tensor));
}

TEST(Nest, NothingHasNoTensors) {
  EXPECT_TRUE(Nest().empty());
  EXPECT_TRUE(Nest(nullptr).empty());
  EXPECT_TRUE(Nest().flatten().empty());
  const Nest list = {Nest(), tensor_of({5})};
  EXPECT_EQ(first_sizes(list.flatten()), Sizes({5}));
  EXPECT_TRUE(list.pack({tensor_of({6})})[0].empty());
}

// The order is that of keras.tree.flatten({"b": 1, "B": 2, "a10": [3, 4], "a9": 5, "é": 6}).
TEST(Nest, FlattenVisitsTheSortedKeysOfDicts) {
  const Nest nest = {{"b", tensor_of({1})},
                     {"B", tensor_of({2})},
                     {"a10", {tensor_of({3}), tensor_of({4})}},
                     {"a9", tensor_of({5})},
                     {"\xC3\xA9", tensor_of({6})}};
  EXPECT_EQ(first_sizes(nest.flatten()), Sizes({2, 3, 4, 5, 1, 6}));
}

TEST(Nest, PackPutsTensorsBackInTheOrderOfFlatten) {
  const Nest nest = {{"b", tensor_of({1})}, {"a", {tensor_of({2}), tensor_of({3})}}};
  const Nest packed = nest.pack({tensor_of({7}), tensor_of({8}), tensor_of({9})});
  EXPECT_EQ(packed.items()[0].first, "b");
  EXPECT_EQ(packed["b"].shape(), Shape({9}));
  EXPECT_EQ(packed["a"][0].shape(), Shape({7}));
  EXPECT_EQ(packed["a"][1].shape(), Shape({8}));
  EXPECT_EQ(first_sizes(packed.flatten()), Sizes({7, 8, 9}));
}

TEST(Nest, PackChecksTheCount) {
  const Nest nest = {{"b", tensor_of({1})}, {"a", {tensor_of({2, 3})}}};
  EXPECT_EQ(message_of([&] { nest.pack({tensor_of({1})}); }),
            "nest: expected 2 tensors for the structure {b: [1], a: [[2, 3]]}, got 1. Give one "
            "for each.");
  EXPECT_NE(message_of([&] { nest.pack(std::vector<Tensor>(3, tensor_of({1}))); }),
            "no ValueError");
}

TEST(Nest, MapKeepsTheStructureAndVisitsInTheOrderOfFlatten) {
  const Nest nest = {{"b", tensor_of({1})}, {"a", {tensor_of({2}), Nest()}}};
  Sizes visited;
  const Nest mapped = nest.map([&](const Tensor& tensor) {
    visited.push_back(tensor.shape()[0]);
    return tensor_of({tensor.shape()[0] * 10});
  });
  EXPECT_EQ(visited, Sizes({2, 1}));
  EXPECT_EQ(to_string(mapped), "{b: [10], a: [[20], None]}");
}

TEST(Nest, PrintsItsShapes) {
  EXPECT_EQ(to_string(Nest(tensor_of({32, 4}))), "[32, 4]");
  EXPECT_EQ(to_string(Nest{{"a", tensor_of({32, 4})}, {"b", tensor_of({32})}}),
            "{a: [32, 4], b: [32]}");
  EXPECT_EQ(to_string(Nest{tensor_of({1}), Nest::list({})}), "[[1], []]");
  EXPECT_EQ(to_string(Nest()), "None");
  EXPECT_EQ(to_string(Nest(Tensor())), "None");
  EXPECT_EQ(to_string(Nest::dict({})), "{}");
}

TEST(Nest, SaysWhatItIsWhenATensorIsWanted) {
  const Nest list = {tensor_of({1}), tensor_of({2})};
  const Nest dict = {{"a", tensor_of({1})}, {"b", tensor_of({2})}};
  EXPECT_EQ(message_of([&] { list.tensor(); }),
            "nest: expected a tensor, got a list of 2. Take one of its items.");
  EXPECT_EQ(message_of([&] { dict.tensor(); }),
            "nest: expected a tensor, got a dict with the keys [a, b]. Take one of its items.");
  EXPECT_EQ(message_of([&] { Nest().tensor(); }),
            "nest: expected a tensor, got nothing. Take one of its items.");
}

TEST(Nest, SaysWhichItemIsMissing) {
  const Nest dict = {{"a", tensor_of({1})}, {"b", tensor_of({2})}};
  EXPECT_EQ(message_of([&] { dict["c"]; }),
            "nest: expected a dict with the key 'c', got a dict with the keys [a, b]. Check the "
            "key.");
  EXPECT_EQ(message_of([&] { Nest(tensor_of({1}))["c"]; }),
            "nest: expected a dict with the key 'c', got a tensor. Check the key.");
  EXPECT_EQ(message_of([&] { dict[2]; }),
            "nest: expected an index below 2, got 2. Check the structure.");
  EXPECT_EQ(message_of([&] { dict[-1]; }),
            "nest: expected an index below 2, got -1. Check the structure.");
  EXPECT_EQ(message_of([&] { Nest()[0]; }),
            "nest: expected a list or dict to take item 0 of, got nothing. Check the structure.");
}

TEST(Nest, RefusesOneKeyTwice) {
  EXPECT_EQ(message_of([] {
              Nest::dict({{"a", tensor_of({1})}, {"b", tensor_of({1})}, {"a", tensor_of({1})}});
            }),
            "nest: expected keys that differ, got 'a' twice. Rename one of them.");
}

TEST(Nest, PrintsItsValuesOnAStream) {
  const auto printed = [](const Nest& nest) {
    std::ostringstream out;
    out << nest;
    return out.str();
  };
  const Tensor one = Tensor::from({1.0f}, {1}), two = Tensor::from({2.0f, 3.0f}, {2});
  std::ostringstream first, second;
  first << one;
  second << two;
  EXPECT_EQ(printed(Nest()), "None");
  EXPECT_EQ(printed(one), first.str());
  EXPECT_EQ(printed(Nest::list({one, two})), "[" + first.str() + ",\n " + second.str() + "]");
  EXPECT_EQ(printed(Nest{{"a", one}, {"b", Nest::list({two})}}),
            "{a: " + first.str() + ",\n b: [" + second.str() + "]}");
}

}  // namespace
}  // namespace keratin
