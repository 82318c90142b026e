// SPDX-License-Identifier: Apache-2.0
#include "keratin/c/keratin.h"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>

#include "keratin/keratin.h"
#include "tests/c/predict_in_c.h"

namespace keratin::tests {
namespace {

// Saves models in a folder that goes away with it.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "keratin_c_XXXXXX").string();
    path_ = mkdtemp(pattern.data());
    const Sequential line({layers::Input({2}), layers::Dense(1)}, "line");
    line.set_weights({Tensor::from({10.0F, 1.0F}, {2, 1}), Tensor::from({0.5F}, {1})});
    line.save(line_path());
    const Tensor a = layers::Input({1}, {.name = "a"});
    const Tensor b = layers::Input({1}, {.name = "b"});
    Model(Nest{a, b}, Nest{a - b, a + b}).save(two_path());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string line_path() const { return path_ + "/line.keras"; }
  std::string two_path() const { return path_ + "/two.keras"; }

 private:
  std::string path_;
};

TEST(CInterface, PredictsFromC) {
  const Folder folder;
  const std::array<float, 4> x{1, 2, 3, 4};
  std::array<float, 2> y{};
  EXPECT_EQ(predict_in_c(folder.line_path().c_str(), x.data(), 2, 2, y.data()), 2);
  EXPECT_EQ(y, (std::array<float, 2>{12.5F, 34.5F}));
}

TEST(CInterface, TakesAndGivesSeveralArrays) {
  const Folder folder;
  keratin_model* model = keratin_load(folder.two_path().c_str());
  ASSERT_NE(model, nullptr) << keratin_last_error();
  const float a = 5;
  const float b = 3;
  const std::array<int64_t, 2> shape{1, 1};
  const std::array<keratin_array, 2> inputs{{{&a, shape.data(), 2}, {&b, shape.data(), 2}}};
  keratin_outputs* outputs = keratin_predict(model, inputs.data(), 2);
  ASSERT_EQ(keratin_output_count(outputs), 2U) << keratin_last_error();
  EXPECT_EQ(*keratin_output(outputs, 0).data, 2.0F);
  EXPECT_EQ(*keratin_output(outputs, 1).data, 8.0F);
  EXPECT_EQ(keratin_output(outputs, 2).data, nullptr);
  keratin_free_outputs(outputs);
  EXPECT_EQ(keratin_predict(model, inputs.data(), 1), nullptr);
  EXPECT_STREQ(keratin_last_error(),
               "keratin_predict: expected 2 inputs, got 1. Give one array for each.");
  keratin_free(model);
}

TEST(CInterface, TellsErrors) {
  const Folder folder;
  EXPECT_EQ(keratin_load(nullptr), nullptr);
  EXPECT_STREQ(keratin_last_error(), "keratin_load: expected a path, got NULL. Give one.");
  EXPECT_EQ(keratin_load("no.keras"), nullptr);
  EXPECT_STREQ(keratin_last_error(),
               "no.keras: expected a zip archive, got 'no such file'. Check the path or copy the "
               "file anew.");
  EXPECT_EQ(keratin_predict(nullptr, nullptr, 1), nullptr);
  EXPECT_STREQ(keratin_last_error(),
               "keratin_predict: expected a model and inputs, got none. Load a model first.");
  keratin_model* model = keratin_load(folder.line_path().c_str());
  ASSERT_NE(model, nullptr);
  const std::array<int64_t, 2> shape{1, -2};
  const float value = 0;
  const keratin_array negative{&value, shape.data(), 2};
  EXPECT_EQ(keratin_predict(model, &negative, 1), nullptr);
  EXPECT_STREQ(keratin_last_error(),
               "keratin_predict: expected sizes of at least 0, got -2. Fill in the array.");
  const std::array<int64_t, 2> endless{int64_t{1} << 40, int64_t{1} << 40};
  const keratin_array huge{&value, endless.data(), 2};
  EXPECT_EQ(keratin_predict(model, &huge, 1), nullptr);
  EXPECT_STREQ(keratin_last_error(),
               "keratin_predict: expected at most 2^48 elements, got more. Fill in the array.");
  const keratin_array nothing{nullptr, nullptr, 2};
  EXPECT_EQ(keratin_predict(model, &nothing, 1), nullptr);
  EXPECT_STREQ(keratin_last_error(),
               "keratin_predict: expected a rank of 0 to 16 and a shape, got rank 2. Fill in the "
               "array.");
  keratin_free(model);
  keratin_free(nullptr);
  keratin_free_outputs(nullptr);
  EXPECT_EQ(keratin_output_count(nullptr), 0U);
}

}  // namespace
}  // namespace keratin::tests
