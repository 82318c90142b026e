// SPDX-License-Identifier: Apache-2.0
#include "keratin/data/timeseries.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "keratin/base/error.h"
#include "keratin/core/random.h"
#include "keratin/graph/ops/ops.h"
#include "tests/support/golden.h"
#include "tests/support/message.h"

namespace keratin::tests {
namespace {

using testing_support::Golden;
using testing_support::message_of;
using utils::timeseries_dataset_from_array;
using utils::TimeseriesOptions;

TimeseriesOptions options_of(const Config& kwargs) {
  TimeseriesOptions options;
  for (const auto& [key, value] : kwargs.as_dict()) {
    if (key == "sequence_length") options.sequence_length = value.as_int();
    if (key == "sequence_stride") options.sequence_stride = value.as_int();
    if (key == "sampling_rate") options.sampling_rate = value.as_int();
    if (key == "start_index") options.start_index = value.as_int();
    if (key == "end_index") options.end_index = value.as_int();
    if (key == "shuffle") options.shuffle = value.as_bool();
    if (key == "seed") options.seed = value.as_int();
    if (key == "batch_size") {
      options.batch_size = value.is_null() ? std::nullopt : std::optional(value.as_int());
    }
  }
  return options;
}

// The rows of all batches, each with what belongs to it.
std::vector<std::vector<double>> samples_of(const std::vector<Data>& batches) {
  std::vector<std::vector<double>> samples;
  for (const Data& batch : batches) {
    for (int64_t i = 0; i < batch.x.shape()[0]; ++i) {
      samples.push_back(batch.x.tensor()[i].to_vector<double>());
      if (batch.y.empty()) continue;
      const std::vector<double> target = batch.y.tensor()[i].to_vector<double>();
      samples.back().insert(samples.back().end(), target.begin(), target.end());
    }
  }
  return samples;
}

TEST(Timeseries, EqualsKeras) {
  const Golden golden("data/timeseries.npz");
  ASSERT_EQ(golden.at("cases").size(), 14u);
  for (const Config& item : golden.at("cases").as_list()) {
    SCOPED_TRACE(to_json(item.at("kwargs")));
    const Tensor targets = golden.tensor(item.at("targets"));
    const TimeseriesOptions options = options_of(item.at("kwargs"));
    const Dataset dataset = timeseries_dataset_from_array(
        golden.tensor(item.at("data")), targets.defined() ? Nest(targets) : Nest(), options);
    EXPECT_EQ(dataset.cardinality(), item.at("cardinality").as_int());
    std::vector<Data> ours, expected;
    for (const Data& batch : dataset) ours.push_back(batch);
    for (const Config& parts : item.at("elements").as_list()) {
      Data batch(golden.tensor(parts[0]));
      if (parts.size() > 1) batch.y = golden.tensor(parts[1]);
      expected.push_back(batch);
    }
    ASSERT_EQ(ours.size(), expected.size());
    for (size_t i = 0; i < ours.size(); ++i) {
      EXPECT_EQ(ours[i].x.tensor().spec(), expected[i].x.tensor().spec());
      ASSERT_EQ(ours[i].y.empty(), expected[i].y.empty());
      if (!ours[i].y.empty()) {
        EXPECT_EQ(ours[i].y.tensor().spec(), expected[i].y.tensor().spec());
      }
    }
    std::vector<std::vector<double>> our_samples = samples_of(ours);
    std::vector<std::vector<double>> keras_samples = samples_of(expected);
    if (options.shuffle) {  // in another order than TensorFlow's
      std::sort(our_samples.begin(), our_samples.end());
      std::sort(keras_samples.begin(), keras_samples.end());
    }
    EXPECT_EQ(our_samples, keras_samples);
  }
}

TEST(Timeseries, ShufflesByTheSeed) {
  const Tensor line = ops::arange(100);
  const auto shuffled = [&](std::optional<int64_t> seed) {
    return timeseries_dataset_from_array(line, line,
                                         {.sequence_length = 3, .shuffle = true, .seed = seed});
  };
  const Dataset dataset = shuffled(7);
  const std::vector<int> first = dataset.first().y.to_vector<int>();
  EXPECT_EQ(first, shuffled(7).first().y.to_vector<int>());
  EXPECT_NE(first, shuffled(8).first().y.to_vector<int>());
  EXPECT_NE(first, dataset.first().y.to_vector<int>()) << "each pass has an order of its own";
  EXPECT_FALSE(std::is_sorted(first.begin(), first.end()));
  const Data batch = dataset.first();
  const Tensor starts = batch.x.tensor()[{All, 0}];
  EXPECT_EQ(starts.to_vector<int>(), batch.y.to_vector<int>());
  rng::set_random_seed(2);
  const std::vector<int> one = shuffled({}).first().y.to_vector<int>();
  rng::set_random_seed(2);
  EXPECT_EQ(one, shuffled({}).first().y.to_vector<int>());
}

TEST(Timeseries, SaysWhatDoesNotFit) {
  const Tensor line = ops::arange(10);
  const auto message = [&](const TimeseriesOptions& options, const Nest& targets = {}) {
    return message_of<ValueError>([&] { timeseries_dataset_from_array(line, targets, options); });
  };
  const std::string where = "timeseries_dataset_from_array: expected ";
  EXPECT_EQ(message({.sequence_length = 2, .start_index = -1}),
            where +
                "`start_index` from 0 to 9, got -1. It must be lower than the length of the "
                "data.");
  EXPECT_EQ(message({.sequence_length = 2, .start_index = 10}),
            where +
                "`start_index` from 0 to 9, got 10. It must be lower than the length of the "
                "data.");
  EXPECT_EQ(
      message({.sequence_length = 2, .start_index = 5, .end_index = 5}),
      where + "`end_index` to be higher than `start_index`, got 5 and 5. Change one of them.");
  EXPECT_EQ(
      message({.sequence_length = 2, .end_index = -3}),
      where + "`end_index` to be higher than `start_index`, got -3 and 0. Change one of them.");
  EXPECT_EQ(message({.sequence_length = 2, .end_index = 10}),
            where +
                "`end_index` to be lower than the length of the data, 10, got 10. Leave it out "
                "to use all data.");
  EXPECT_EQ(message({.sequence_length = 2, .sampling_rate = 0}),
            where +
                "`sampling_rate` from 1 to 9, got 0. It must be lower than the length of the "
                "data.");
  EXPECT_EQ(message({.sequence_length = 2, .sequence_stride = 10}),
            where +
                "`sequence_stride` from 1 to 9, got 10. It must be lower than the length of "
                "the data.");
  const TimeseriesOptions none;
  EXPECT_EQ(message(none),
            where + "`sequence_length` to be positive, got 0. Give the rows of a window.");
  EXPECT_EQ(message({.sequence_length = 2, .batch_size = 0}),
            where + "`batch_size` to be positive, got 0. Use 128, or nullopt for no batches.");
  EXPECT_EQ(message({.sequence_length = 2, .seed = -1}),
            where + "a seed from 0 to 4294967295, got -1. Use another.");
  EXPECT_EQ(message({.sequence_length = 2, .start_index = 4, .end_index = 9}, line[Slice(0, 5)]),
            where +
                "a target for each of the windows that begin up to row 7, got targets of shape "
                "[5]. They begin at row 0 of the data.");
  const std::string scalar =
      message_of<ShapeError>([] { timeseries_dataset_from_array(3, {}, {.sequence_length = 2}); });
  EXPECT_EQ(scalar, where + "`data` with rows, got a scalar. Pass an array.");
}

}  // namespace
}  // namespace keratin::tests
