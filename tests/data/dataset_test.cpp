// SPDX-License-Identifier: Apache-2.0
#include "keratin/data/dataset.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <fstream>
#include <numeric>
#include <set>
#include <stdexcept>
#include <thread>

#include "keratin/base/error.h"
#include "keratin/core/random.h"
#include "keratin/graph/ops/ops.h"
#include "tests/io/support.h"
#include "tests/support/golden.h"
#include "tests/support/message.h"

namespace keratin::tests {
namespace {

using testing_support::Golden;
using testing_support::message_of;

std::vector<int64_t> numbers_of(const Dataset& dataset) {
  std::vector<int64_t> numbers;
  for (const Data& element : dataset) numbers.push_back(element.x.item<int64_t>());
  return numbers;
}

int64_t integer_or(const Config& value, int64_t other) {
  return value.is_null() ? other : value.as_int();
}

Dataset source_of(const Config& spec) {
  const int64_t count = spec[1].as_int();
  if (spec[0].as_string() == "range") return Dataset::range(count);
  const Tensor x = ops::arange(count * 2).cast(DType::float64).reshape({count, 2});
  return Dataset::from_tensor_slices(x, ops::arange(count).cast(DType::int64));
}

Dataset ten_times_and_more(const Nest& x) {
  const auto number = x.item<int64_t>();
  return Dataset::range(number % 4).map([number](const Nest& i) {
    return i.tensor() + 10 * number;
  });
}

Dataset apply(const Dataset& dataset, const Config& call) {
  const std::string name = call[0].as_string();
  const auto number = [&](size_t i) { return call[i].as_int(); };
  const bool drops = call.size() > 2 && call[2].is_bool() && call[2].as_bool();
  if (name == "batch") return dataset.batch(number(1), {.drop_remainder = drops});
  if (name == "rebatch") return dataset.rebatch(number(1), {.drop_remainder = drops});
  if (name == "unbatch") return dataset.unbatch();
  if (name == "take") return dataset.take(number(1));
  if (name == "skip") return dataset.skip(number(1));
  if (name == "repeat") return call.size() > 1 ? dataset.repeat(number(1)) : dataset.repeat();
  if (name == "cache") return dataset.cache();
  if (name == "prefetch") return dataset.prefetch(number(1));
  if (name == "shuffle") return dataset.shuffle(number(1));
  if (name == "concatenate") return dataset.concatenate(source_of(call[1]));
  if (name == "zip") return Dataset::zip({dataset, source_of(call[1])});
  if (name == "filter") {
    return dataset.filter([n = number(1)](const Nest& x) { return x.item<int64_t>() % n != 0; });
  }
  const int64_t threads = integer_or(call[2], 1);
  if (name == "map") {
    return dataset.map([n = number(1)](const Nest& x) { return x.tensor() * n; },
                       {.num_parallel_calls = threads});
  }
  EXPECT_EQ(name, "interleave");
  return dataset.interleave(ten_times_and_more,
                            {.cycle_length = number(1), .num_parallel_calls = threads});
}

std::vector<double> values_of(const Data& element) {
  std::vector<double> values;
  for (const Nest* nest : {&element.x, &element.y, &element.sample_weight}) {
    for (const Tensor& tensor : nest->flatten()) {
      const std::vector<double> more = tensor.to_vector<double>();
      values.insert(values.end(), more.begin(), more.end());
    }
  }
  return values;
}

TEST(Dataset, GivesWhatTensorFlowGives) {
  const Golden golden("data/pipelines.npz");
  for (size_t i = 0; i < golden.at("cases").size(); ++i) {
    const Config& item = golden.at("cases")[i];
    SCOPED_TRACE(to_json(item.at("calls")));
    Dataset dataset = source_of(item.at("source"));
    for (size_t k = 0;; ++k) {
      const int64_t expected = item.at("cardinalities")[k].as_int();
      EXPECT_EQ(dataset.cardinality(), expected) << "after call " << k;
      if (k == item.at("calls").size()) break;
      dataset = apply(dataset, item.at("calls")[k]);
    }
    for (int pass = 0; pass < 2; ++pass) {
      size_t at = 0;
      for (const Data& element : dataset) {
        ASSERT_LT(at, item.at("elements").size());
        const Tensor expected = golden.tensor(item.at("elements")[at++]);
        EXPECT_EQ(values_of(element), expected.to_vector<double>());
      }
      EXPECT_EQ(at, item.at("elements").size());
    }
  }
}

TEST(Dataset, KeepsStructureDtypesAndShapes) {
  const Tensor a = Tensor::from<uint8_t>({1, 2, 3, 4, 5, 6}, {3, 2});
  const Tensor b = Tensor::from<float>({1, 2, 3}, {3});
  const Dataset dataset = Dataset::from_tensor_slices({{"a", a}, {"pair", {b, a}}}, {b, b}, b);
  const Data row = dataset.skip(1).first();
  EXPECT_EQ(row.x["a"].tensor().spec(), (TensorSpec{{2}, DType::uint8}));
  EXPECT_EQ(row.x["a"].to_vector<int>(), (std::vector<int>{3, 4}));
  EXPECT_EQ(row.x["pair"][0].item<float>(), 2.0f);
  EXPECT_EQ(row.sample_weight.tensor().spec(), (TensorSpec{Shape{}, DType::float32}));
  const auto same = [](const Data& element) { return element; };
  for (const Dataset& each : {dataset, dataset.map(same)}) {  // rows that lie together, or do not
    const Data batch = each.batch(2).skip(1).first();
    EXPECT_EQ(to_string(batch.x), "{a: [1, 2], pair: [[1], [1, 2]]}");
    EXPECT_EQ(batch.x["a"].dtype(), DType::uint8);
    EXPECT_EQ(batch.y[1].to_vector<float>(), (std::vector<float>{3}));
    EXPECT_EQ(each.batch(2).first().x["a"].to_vector<int>(), (std::vector<int>{1, 2, 3, 4}));
    EXPECT_EQ(each.batch(INT64_MAX).first().x["a"].shape(), (Shape{3, 2}));
    EXPECT_EQ(each.batch(2, {.drop_remainder = true}).cardinality(), 1);
  }
  EXPECT_EQ(Dataset::from_tensors(a, b).first().x.shape(), (Shape{3, 2}));
}

TEST(Dataset, TakesFunctionsOfPartsOfTensorsAndOfData) {
  const Tensor x = Tensor::from<float>({1, 2, 3}, {3});
  const Dataset inputs = Dataset::from_tensor_slices(x);
  const Dataset pairs = Dataset::from_tensor_slices(x, x * 10);
  const Dataset weighted = Dataset::from_tensor_slices(x, x * 10, x * 100);
  EXPECT_EQ(inputs.map([](const Tensor& t) { return t + 1; }).first().x.item<int>(), 2);
  EXPECT_EQ(inputs.map([](auto t) { return Data(t, t); }).first().y.item<int>(), 1);
  EXPECT_EQ(pairs.map([](const Nest&, const Nest& y) { return y; }).first().x.item<int>(), 10);
  EXPECT_EQ(pairs.map([](const Data& data) { return Data(data.y, data.x); }).first().y.item<int>(),
            1);
  EXPECT_EQ(weighted.map([](const Nest&, const Nest& y, const Nest& w) { return Data(w, y); })
                .first()
                .x.item<int>(),
            100);
  EXPECT_EQ(weighted.map([](Data data) { return data; }).first().sample_weight.item<int>(), 100);
  EXPECT_EQ(inputs.filter([](const Nest& t) { return t.tensor() > 1; }).first().x.item<int>(), 2);
  EXPECT_EQ(inputs.map([](const Nest&) { return Tensor(2); }).batch(2).first().x.dtype(),
            DType::int32);
}

TEST(Dataset, ShufflesAllElementsAndKeepsTheSeed) {
  const Dataset ten = Dataset::range(10);
  const auto once = ten.shuffle(100, {.seed = 4, .reshuffle_each_iteration = false});
  std::vector<int64_t> first = numbers_of(once);
  EXPECT_EQ(first, numbers_of(once));
  EXPECT_EQ(first, numbers_of(ten.shuffle(100, {.seed = 4})));
  EXPECT_NE(first, numbers_of(ten.shuffle(100, {.seed = 5})));
  const auto again = ten.shuffle(100, {.seed = 4});
  EXPECT_NE(numbers_of(again), numbers_of(again));
  std::vector<int64_t> all(10);
  std::iota(all.begin(), all.end(), int64_t{0});
  EXPECT_NE(first, all);
  std::sort(first.begin(), first.end());
  EXPECT_EQ(first, all);
  rng::set_random_seed(3);
  const std::vector<int64_t> one = numbers_of(ten.shuffle(10)), other = numbers_of(ten.shuffle(10));
  rng::set_random_seed(3);
  EXPECT_EQ(one, numbers_of(ten.shuffle(10)));
  EXPECT_NE(one, other);
  const std::vector<int64_t> repeated = numbers_of(ten.shuffle(10).repeat(2));
  EXPECT_NE(std::vector<int64_t>(repeated.begin(), repeated.begin() + 10),
            std::vector<int64_t>(repeated.begin() + 10, repeated.end()));
}

TEST(Dataset, DrawsOutOfTheBufferEvenly) {
  std::array<std::array<int, 4>, 4> seen{};
  const auto shuffled = Dataset::range(4).shuffle(4, {.seed = 1});
  for (int pass = 0; pass < 2000; ++pass) {
    const std::vector<int64_t> numbers = numbers_of(shuffled);
    for (size_t i = 0; i < 4; ++i) ++seen[i][static_cast<size_t>(numbers[i])];
  }
  for (const auto& row : seen) {
    for (const int count : row) EXPECT_NEAR(count, 500, 100);  // 5 standard deviations
  }
  for (int pass = 0; pass < 200; ++pass) {
    const std::vector<int64_t> near = numbers_of(Dataset::range(50).shuffle(3, {.seed = pass}));
    for (size_t i = 0; i < near.size(); ++i) EXPECT_LE(near[i], static_cast<int64_t>(i) + 2);
  }
}

TEST(Dataset, CachesWhatWasReadToTheEnd) {
  int calls = 0;
  const Dataset cached = Dataset::range(3)
                             .map([&](const Nest& x) {
                               ++calls;
                               return x;
                             })
                             .cache();
  EXPECT_EQ(cached.first().x.item<int>(), 0);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(numbers_of(cached), (std::vector<int64_t>{0, 1, 2}));
  EXPECT_EQ(calls, 4);
  EXPECT_EQ(numbers_of(cached), (std::vector<int64_t>{0, 1, 2}));
  EXPECT_EQ(numbers_of(cached.batch(1).unbatch()), (std::vector<int64_t>{0, 1, 2}));
  EXPECT_EQ(calls, 4);
}

TEST(Dataset, MapsOnThreadsInOrder) {
  std::mutex mutex;
  std::set<std::thread::id> threads;
  std::atomic<int> inside = 0, most = 0;
  const Dataset dataset = Dataset::range(40).map(
      [&](const Nest& x) {
        const int now = ++inside;
        int before = most;
        while (before < now && !most.compare_exchange_weak(before, now)) {
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(x.item<int>() % 3));
        {
          const std::lock_guard lock(mutex);
          threads.insert(std::this_thread::get_id());
        }
        --inside;
        return x.tensor() * 2;
      },
      {.num_parallel_calls = 4});
  const std::vector<int64_t> numbers = numbers_of(dataset);
  ASSERT_EQ(numbers.size(), 40u);
  for (size_t i = 0; i < 40; ++i) EXPECT_EQ(numbers[i], static_cast<int64_t>(2 * i));
  EXPECT_EQ(threads.size(), 4u);
  EXPECT_EQ(threads.count(std::this_thread::get_id()), 0u);
  EXPECT_GT(most, 1);
  EXPECT_LE(most, 4);
}

TEST(Dataset, PrefetchesNoMoreThanAsked) {
  std::atomic<int> drawn = 0;
  const auto source = [&] {
    return [&drawn]() -> std::optional<Data> { return Data(Tensor(++drawn)); };
  };
  const Generator ahead = Dataset::from_generator(source).prefetch(3).start();
  EXPECT_EQ(ahead()->x.item<int>(), 1);
  for (int i = 0; i < 500 && drawn < 4; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(drawn, 4);
}

TEST(Dataset, EndsItsThreadsWhenNobodyReadsOn) {
  const auto alive = std::make_shared<int>(0);
  const std::weak_ptr<int> watched = alive;
  {
    const Dataset dataset =
        Dataset::range(1000)
            .repeat()
            .map([alive](const Nest& x) { return x; }, {.num_parallel_calls = 3})
            .prefetch(5)
            .batch(4)
            .prefetch();
    EXPECT_EQ(dataset.first().x.to_vector<int>(), (std::vector<int>{0, 1, 2, 3}));
    int batches = 0;
    for ([[maybe_unused]] const Data& batch : dataset) {
      if (++batches == 10) break;
    }
    EXPECT_EQ(dataset.take(2).skip(1).first().x.shape(), (Shape{4}));
    EXPECT_GT(alive.use_count(), 1);
  }
  EXPECT_EQ(alive.use_count(), 1) << "what the threads held is let go";
}

TEST(Dataset, HandsOnWhatUsersFunctionsThrow) {
  for (const int64_t threads : {1, 4}) {
    const Dataset dataset = Dataset::range(10).map(
        [](const Nest& x) -> Nest {
          if (x.item<int>() == 5) throw std::runtime_error("no picture 5");
          return x;
        },
        {.num_parallel_calls = threads});
    for (const Dataset& each :
         {dataset, dataset.prefetch(), dataset.batch(2).prefetch().repeat()}) {
      const Generator next = each.start();
      int before = 0;
      const std::string message = message_of<std::runtime_error>([&] {
        while (next()) ++before;
      });
      EXPECT_EQ(message, "no picture 5");
      EXPECT_GE(before, 2);
      EXPECT_LE(before, 5);
      EXPECT_FALSE(next()) << "after an exception there is nothing more";
    }
  }
  const Dataset numbers = Dataset::range(3).map(
      [](const Nest& x) -> Nest {
        if (x.item<int>() == 1) throw 42;
        return x;
      },
      {.num_parallel_calls = 2});
  EXPECT_THROW(numbers_of(numbers), int);
  const Dataset filtered = Dataset::range(3).prefetch().filter(
      [](const Nest&) -> bool { throw std::out_of_range("filter"); });
  EXPECT_EQ(message_of<std::out_of_range>([&] { numbers_of(filtered); }), "filter");
}

TEST(Dataset, StartsAGeneratorForEachPass) {
  int started = 0;
  const Dataset dataset = Dataset::from_generator([&started]() -> Generator {
    ++started;
    return [i = 0]() mutable -> std::optional<Data> {
      if (i == 3) return std::nullopt;
      return Data(Tensor(i++));
    };
  });
  EXPECT_EQ(started, 0);
  EXPECT_EQ(numbers_of(dataset.repeat(2)), (std::vector<int64_t>{0, 1, 2, 0, 1, 2}));
  EXPECT_EQ(started, 2);
}

TEST(Dataset, ReadsCsvFiles) {
  const TemporaryFolder folder;
  const std::string path = folder.path("table.csv");
  std::ofstream(path) << "a,b,c\n1,2,3\n4,5,6\n";
  EXPECT_EQ(Dataset::from_csv(path).skip(1).first().x.to_vector<float>(),
            (std::vector<float>{4, 5, 6}));
  const Data row = Dataset::from_csv(path, {.label_columns = {-2}}).first();
  EXPECT_EQ(row.x.to_vector<float>(), (std::vector<float>{1, 3}));
  EXPECT_EQ(row.y.tensor().spec(), (TensorSpec{Shape{}, DType::float32}));
  EXPECT_EQ(row.y.item<float>(), 2.0f);
  const Data both = Dataset::from_csv(path, {.label_columns = {2, 0}}).batch(2).first();
  EXPECT_EQ(both.y.to_vector<float>(), (std::vector<float>{3, 1, 6, 4}));
  EXPECT_EQ(message_of<ValueError>([&] { Dataset::from_csv(path, {.label_columns = {3}}); }),
            "from_csv: expected `label_columns` from -3 to 2, got 3. The file " + path +
                " has 3 columns.");
  EXPECT_EQ(message_of<ValueError>([&] {
              Dataset::from_csv(path, {.label_columns = {0, 1, 2}});
            }),
            "from_csv: expected a column that is no label, got labels only. Leave one out.");
}

TEST(Dataset, CountsDownAndFar) {
  EXPECT_EQ(numbers_of(Dataset::range(5, 0, -2)), (std::vector<int64_t>{5, 3, 1}));
  EXPECT_EQ(numbers_of(Dataset::range(2, 9, 3)), (std::vector<int64_t>{2, 5, 8}));
  EXPECT_EQ(Dataset::range(3, 3).cardinality(), 0);
  EXPECT_EQ(Dataset::range(INT64_MIN, INT64_MAX, INT64_MAX).cardinality(), 3);
}

}  // namespace
}  // namespace keratin::tests
