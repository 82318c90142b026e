// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "keratin/base/error.h"
#include "keratin/data/dataset.h"
#include "keratin/graph/ops/ops.h"
#include "tests/support/message.h"

namespace keratin::tests {
namespace {

using testing_support::message_of;

template <class F>
std::string value_error(F&& call) {
  return message_of<ValueError>(call);
}

TEST(DatasetMisuse, SaysWhatIsWrongWithNumbers) {
  const Dataset ten = Dataset::range(10);
  EXPECT_EQ(value_error([&] { ten.batch(0); }),
            "batch: expected `size` to be positive, got 0. Use 1 or more.");
  EXPECT_EQ(value_error([&] { ten.rebatch(-1); }),
            "rebatch: expected `size` to be positive, got -1. Use 1 or more.");
  EXPECT_EQ(value_error([&] { ten.shuffle(0); }),
            "shuffle: expected `buffer_size` to be positive, got 0. Use 1 or more.");
  EXPECT_EQ(value_error([&] { ten.take(-2); }),
            "take: expected `count` of 0 or more, or -1 for all, got -2. Check it.");
  EXPECT_EQ(value_error([&] { ten.skip(-2); }),
            "skip: expected `count` of 0 or more, or -1 for all, got -2. Check it.");
  EXPECT_EQ(value_error([&] { ten.repeat(-2); }),
            "repeat: expected `count` of 0 or more, or -1 for no end, got -2. Check it.");
  EXPECT_EQ(value_error([&] { ten.prefetch(-2); }),
            "prefetch: expected `count` of 0 or more, or AUTOTUNE, got -2. Use 2.");
  const auto repeated = [](const Nest& x) { return Dataset::from_tensors(x); };
  const auto same = [](const Nest& x) { return x; };
  EXPECT_EQ(value_error([&] { ten.map(same, {.num_parallel_calls = 0}); }),
            "map: expected `num_parallel_calls` from 1 to 1024, got 0. Use the number of "
            "processors.");
  EXPECT_EQ(value_error([&] { ten.interleave(repeated, {.cycle_length = 0}); }),
            "interleave: expected `cycle_length` from 1 to 1024, got 0. Use the number of "
            "processors.");
  EXPECT_EQ(value_error([&] { Dataset::range(1, 5, 0); }),
            "range: expected a step other than 0, got 0. Use 1.");
  EXPECT_EQ(value_error([&] { Dataset::zip({ten}); }),
            "zip: expected 2 or 3 datasets, for inputs, targets and weights, got 1. Make a list of "
            "more with map.");
  EXPECT_EQ(value_error([&] { ten.take(0).first(); }),
            "first: expected at least one element, got none. Check the dataset.");
  EXPECT_EQ(value_error([&] { Dataset::from_generator(nullptr); }),
            "from_generator: expected a function that makes a generator, got none. Pass one.");
  EXPECT_EQ(value_error([&] { Dataset::from_generator([] { return Generator(); }).first(); }),
            "from_generator: expected a generator, got none. Return a function that gives "
            "elements.");
}

TEST(DatasetMisuse, SaysWhatIsWrongWithElements) {
  const Tensor three = ops::zeros({3, 2}), two = ops::zeros({2});
  EXPECT_EQ(message_of<ShapeError>([&] { Dataset::from_tensor_slices(three, two); }),
            "from_tensor_slices: expected the same number of rows in all tensors, got shapes "
            "([3, 2], [2]). Cut them to equal lengths.");
  EXPECT_EQ(
      message_of<ShapeError>([&] { Dataset::from_tensor_slices(Tensor(1.0f)); }),
      "from_tensor_slices: expected tensors with rows, got a scalar in ([]). Use from_tensors "
      "for a single element.");
  EXPECT_EQ(value_error([&] { Dataset::from_tensor_slices(nullptr); }),
            "from_tensor_slices: expected tensors, got none. Pass data.");
  EXPECT_EQ(message_of<ShapeError>([&] { Dataset::range(2).unbatch().first(); }),
            "unbatch: expected tensors with rows, got a scalar in ([]). Use from_tensors for a "
            "single element.");
  const Dataset pairs = Dataset::from_tensor_slices(three, three);
  EXPECT_EQ(value_error([&] { pairs.map([](const Nest& x) { return x; }).first(); }),
            "map: expected a function of (x, y), which is what the elements have, got one with "
            "other arguments. Give it these.");
  EXPECT_EQ(value_error([&] {
              Dataset::range(3).filter([](const Nest&, const Nest&) { return true; }).first();
            }),
            "filter: expected a function of (x), which is what the elements have, got one with "
            "other arguments. Give it these.");
  const auto grow = [](const Nest& x) { return ops::zeros({x.item<int64_t>() + 1}); };
  EXPECT_EQ(
      message_of<ShapeError>([&] { Dataset::range(3).map(grow).batch(2).first(); }),
      "batch: expected elements of one shape, got ([1]) and ([2]). Make them equal with map.");
  const auto change = [](const Nest& x) {
    return x.cast(x.item<int>() == 0 ? DType::float32 : DType::int8);
  };
  EXPECT_EQ(message_of<DTypeError>([&] { Dataset::range(3).map(change).batch(2).first(); }),
            "batch: expected elements of one dtype, got float32 and int8. Cast them with map.");
  EXPECT_EQ(message_of<ShapeError>([&] {
              Dataset::range(1).concatenate(Dataset::from_tensors(two, two)).batch(2).first();
            }),
            "batch: expected elements of one structure, got ([]) and ([2], [2]). Make them equal "
            "with map.");
}

}  // namespace
}  // namespace keratin::tests
