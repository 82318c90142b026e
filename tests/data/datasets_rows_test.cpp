// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include "keratin/data/datasets_internal.h"
#include "keratin/io/npz.h"
#include "tests/data/support.h"

namespace keratin::tests {
namespace {

using datasets::ArrayData;

std::string golden_rows(const std::string& name) {
  return std::string(KERATIN_GOLDEN_DIR) + "/rows/" + name;
}

class Rows : public DatasetFolders {
 protected:
  static void put(const std::string& folder, const std::string& name) {
    copy_to(folder, name, golden_rows("source.npz"));
  }
};

void expect_golden(const ArrayData& data, const std::string& name) {
  SCOPED_TRACE(name);
  static const NamedArrays items = read_npz(golden_rows("results.npz"));
  const auto expect_equal = [&](const Tensor& tensor, const std::string& part) {
    const auto found = std::find_if(items.begin(), items.end(), [&](const auto& item) {
      return item.first == name + "/" + part;
    });
    ASSERT_NE(found, items.end()) << part;
    const Tensor expected(found->second);
    EXPECT_EQ(tensor.spec(), expected.spec()) << part;
    EXPECT_EQ(tensor.to_vector<double>(), expected.to_vector<double>()) << part;
  };
  expect_equal(data.x_train, "x_train");
  expect_equal(data.y_train, "y_train");
  expect_equal(data.x_test, "x_test");
  expect_equal(data.y_test, "y_test");
}

TEST_F(Rows, AreShuffledAndCutAsInKeras) {
  using namespace datasets;
  put(own_folder_ + "/boston_housing", "boston_housing.npz");
  put(own_folder_, "california_housing.npz");
  EXPECT_TRUE(boston_housing::available());
  EXPECT_TRUE(california_housing::available());
  expect_golden(boston_housing::load_data(), "boston");
  expect_golden(boston_housing::load_data({.test_split = 0.0, .seed = 7}), "boston_all");
  expect_golden(boston_housing::load_data({.test_split = 0.35, .seed = 4294967295}), "boston_seed");
  expect_golden(boston_housing::load_data({.test_split = 0.9999, .seed = 0}), "boston_most");
  expect_golden(california_housing::load_data(), "california");
  expect_golden(california_housing::load_data({.version = "small", .test_split = 0.3, .seed = 1}),
                "california_small");
}

TEST_F(Rows, AnotherNameIsFound) {
  put(own_folder_, "homes.npz");
  expect_golden(datasets::boston_housing::load_data({.path = "homes.npz"}), "boston");
}

TEST_F(Rows, ACachedFileOfTheWrongHashIsNotTaken) {
  put(cached_, "boston_housing.npz");
  put(cached_, "california_housing.npz");
  EXPECT_FALSE(datasets::boston_housing::available());
  EXPECT_FALSE(datasets::california_housing::available());
}

TEST_F(Rows, SayWhereToPutTheFile) {
  testing::internal::CaptureStderr();
  const std::string text = error_of<FileError>([] { datasets::boston_housing::load_data(); });
  expect_holds(testing::internal::GetCapturedStderr(),
               "Downloading data from https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
               "boston_housing.npz\n");
  expect_holds(text, "boston_housing: expected boston_housing.npz in one of the folders " +
                         own_folder_ + "/boston_housing, " + own_folder_ + ", " + cached_ +
                         ", got none, and the download failed (https://");
  expect_holds(text,
               "Fetch https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
               "boston_housing.npz by other means into " +
                   cached_ + ", or set KERATIN_DATA_HOME to a folder that has the file.");
}

TEST_F(Rows, WrongOptionsAreRefusedBeforeAnyFileIsTouched) {
  using namespace datasets;
  EXPECT_EQ(error_of<ValueError>([] { boston_housing::load_data({.test_split = 1.0}); }),
            "boston_housing: expected `test_split` from 0 to below 1, got 1. Set the share of the "
            "rows to test with.");
  EXPECT_EQ(
      error_of<ValueError>([] {
        california_housing::load_data({.test_split = std::numeric_limits<double>::quiet_NaN()});
      }),
      "california_housing: expected `test_split` from 0 to below 1, got nan. Set the share "
      "of the rows to test with.");
  EXPECT_EQ(error_of<ValueError>([] { boston_housing::load_data({.seed = -1}); }),
            "boston_housing: expected `seed` from 0 to 4294967295, got -1. Choose another seed.");
  EXPECT_EQ(error_of<ValueError>([] { california_housing::load_data({.version = "medium"}); }),
            "california_housing: expected `version` small or large, got 'medium'. Check the "
            "spelling.");
}

TEST_F(Rows, FilesThatDoNotFitAreRefused) {
  std::filesystem::create_directories(own_folder_);
  const std::string path = own_folder_ + "/boston_housing.npz";
  const Array x(DType::float64, Shape{3, 2});
  write_npz(path, {{"x", x}});
  EXPECT_EQ(error_of<FileError>([] { datasets::boston_housing::load_data(); }),
            path + ": expected the arrays x and y, got no 'y'. Download the file anew.");
  write_npz(path, {{"x", x}, {"y", Array(DType::float64, Shape{4})}});
  EXPECT_EQ(error_of<FileError>([] { datasets::boston_housing::load_data(); }),
            path +
                ": expected x [rows, features] and y [rows], got [3, 2] and [4]. Download the "
                "file anew.");
}

}  // namespace
}  // namespace keratin::tests
