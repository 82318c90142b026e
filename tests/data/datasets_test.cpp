// SPDX-License-Identifier: Apache-2.0
#include "keratin/data/datasets.h"

#include <numeric>

#include "keratin/data/datasets_internal.h"
#include "keratin/io/npz.h"
#include "tests/data/support.h"

namespace keratin::tests {
namespace {

const char* const idx_names[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                 "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};

Array images(int64_t count, uint8_t value) {
  Array array(DType::uint8, Shape{count, 28, 28});
  std::fill_n(array.data<uint8_t>(), array.size(), value);
  return array;
}

Array classes(int64_t count) {
  Array array(DType::uint8, Shape{count});
  std::iota(array.data<uint8_t>(), array.data<uint8_t>() + count, uint8_t{0});
  return array;
}

void write_idx(const std::string& path, const Array& array) {
  std::string front("\0\0\x08", 3);
  front += static_cast<char>(array.rank());
  for (int64_t dim : array.shape()) front += std::string(3, '\0') + static_cast<char>(dim);
  AtomicFile file(path);
  file.write(bytes_of(front));
  file.write({static_cast<const std::byte*>(array.raw()), array.bytes()});
  file.commit();
}

/// Writes a small set whose pixels all have `value`.
void write_idx_files(const std::string& folder, uint8_t value) {
  std::filesystem::create_directories(folder);
  write_idx(folder + "/" + idx_names[0], images(3, value));
  write_idx(folder + "/" + idx_names[1], classes(3));
  write_idx(folder + "/" + idx_names[2], images(2, value));
  write_idx(folder + "/" + idx_names[3], classes(2));
}

NamedArrays npz_items(uint8_t value) {
  return {{"x_test", images(2, value)},
          {"x_train", images(3, value)},
          {"y_train", classes(3)},
          {"y_test", classes(2)}};
}

int first_pixel(const datasets::ImageData& data) { return data.x_train.to_vector<int>().front(); }

class Datasets : public DatasetFolders {
 protected:
  std::string own(const std::string& name = "") const {
    return name.empty() ? own_folder_ : own_folder_ + "/" + name;
  }
  std::string cached(const std::string& name = "") const {
    return name.empty() ? cached_ : cached_ + "/" + name;
  }
};

TEST_F(Datasets, MnistReadsTheNpzFileOfTheOwnFolder) {
  EXPECT_FALSE(datasets::mnist::available());
  std::filesystem::create_directories(own());
  write_npz(own("mnist.npz"), npz_items(7));
  EXPECT_TRUE(datasets::mnist::available());
  const auto [x_train, y_train, x_test, y_test] = datasets::mnist::load_data();
  EXPECT_EQ(x_train.spec(), (TensorSpec{Shape{3, 28, 28}, DType::uint8}));
  EXPECT_EQ(y_train.to_vector<int>(), (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(x_test.spec(), (TensorSpec{Shape{2, 28, 28}, DType::uint8}));
  EXPECT_EQ(y_test.to_vector<int>(), (std::vector<int>{0, 1}));
  EXPECT_EQ(x_test.to_vector<int>(), std::vector<int>(2 * 28 * 28, 7));
}

TEST_F(Datasets, MnistSearchesItsFoldersInOrder) {
  write_idx_files(cached("mnist"), 1);
  EXPECT_EQ(first_pixel(datasets::mnist::load_data()), 1);
  write_idx_files(cached(), 2);
  EXPECT_EQ(first_pixel(datasets::mnist::load_data()), 2);
  write_idx_files(own(), 3);
  EXPECT_EQ(first_pixel(datasets::mnist::load_data()), 3);
  write_npz(own("mnist.npz"), npz_items(4));
  EXPECT_EQ(first_pixel(datasets::mnist::load_data()), 4);
  write_idx_files(own("mnist"), 5);
  EXPECT_EQ(first_pixel(datasets::mnist::load_data()), 5);
  write_npz(own("digits.npz"), npz_items(6));
  EXPECT_EQ(first_pixel(datasets::mnist::load_data({.path = "digits.npz"})), 5);
  std::filesystem::remove_all(own("mnist"));
  EXPECT_EQ(first_pixel(datasets::mnist::load_data({.path = "digits.npz"})), 6);
}

TEST_F(Datasets, ACachedFileOfTheWrongHashIsNotTaken) {
  std::filesystem::create_directories(cached());
  write_npz(cached("mnist.npz"), npz_items(1));
  EXPECT_FALSE(datasets::mnist::available());
  write_idx_files(cached(), 2);
  EXPECT_EQ(first_pixel(datasets::mnist::load_data()), 2);
}

TEST_F(Datasets, MnistSaysWhereToPutTheFiles) {
  testing::internal::CaptureStderr();
  const std::string text = error_of<FileError>([] { datasets::mnist::load_data(); });
  expect_holds(testing::internal::GetCapturedStderr(),
               "Downloading data from "
               "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz\n");
  expect_holds(text, "mnist: expected mnist.npz or the four files train-images-idx3-ubyte.gz, ");
  expect_holds(text, "in one of the folders " + own("mnist") + ", " + own() + ", " + cached() +
                         ", " + cached("mnist") + ", got none, and the download failed (https://");
  expect_holds(text, "by other means into " + cached() +
                         ", or set KERATIN_DATA_HOME to a folder that has the files.");
}

TEST_F(Datasets, FashionMnistSearchesItsFoldersInOrder) {
  const auto load = [&] {
    return first_pixel(datasets::detail::load_fashion_mnist(folder_.path("packaged")));
  };
  write_idx_files(folder_.path("packaged"), 1);
  EXPECT_EQ(load(), 1);
  write_idx_files(cached("fashion-mnist"), 2);
  EXPECT_EQ(load(), 2);
  write_idx_files(own(), 3);
  EXPECT_EQ(load(), 3);
  write_idx_files(own("fashion-mnist"), 4);
  EXPECT_EQ(load(), 4);
  std::filesystem::remove(own("fashion-mnist") + "/" + idx_names[2]);
  EXPECT_EQ(load(), 3);
}

TEST_F(Datasets, AFolderNamedForAnotherSetIsNotTaken) {
  write_idx_files(folder_.path("fashion-mnist"), 1);
  const ScopedVariable own("KERATIN_DATA_HOME", folder_.path("fashion-mnist") + "/");
  EXPECT_TRUE(datasets::fashion_mnist::available());
  EXPECT_EQ(first_pixel(datasets::fashion_mnist::load_data()), 1);
  EXPECT_FALSE(datasets::mnist::available());
}

TEST_F(Datasets, FashionMnistSaysWhereToPutTheFiles) {
  testing::internal::CaptureStderr();
  const std::string text =
      error_of<FileError>([&] { datasets::detail::load_fashion_mnist(folder_.path("packaged")); });
  testing::internal::GetCapturedStderr();
  expect_holds(text, "fashion_mnist: expected the four files train-images-idx3-ubyte.gz, ");
  expect_holds(text, own("fashion-mnist") + ", " + own() + ", " + cached("fashion-mnist") + ", " +
                         folder_.path("packaged") + ", got none, and the download failed (");
  expect_holds(text,
               "Install the Debian package dataset-fashion-mnist, whose folder is "
               "/usr/share/datasets/fashion-mnist, or set KERATIN_DATA_HOME");
}

TEST_F(Datasets, RefusesFilesThatDoNotFitTogether) {
  write_idx_files(own("mnist"), 1);
  write_idx(own("mnist/") + idx_names[1], classes(4));
  EXPECT_EQ(error_of<FileError>([] { datasets::mnist::load_data(); }),
            own("mnist") +
                ": expected uint8 images [n, 28, 28] and classes [n], got uint8 "
                "[3, 28, 28] and uint8 [4]. Download the files anew.");
  std::filesystem::remove_all(own("mnist"));
  NamedArrays items = npz_items(1);
  items.pop_back();
  write_npz(own("mnist.npz"), items);
  EXPECT_EQ(error_of<FileError>([] { datasets::mnist::load_data(); }),
            own("mnist.npz") +
                ": expected the arrays x_train, y_train, x_test, y_test, got no "
                "'y_test'. Download the file anew.");
}

TEST(FashionMnist, IsWhatDebianPackages) {
  const std::string folder = "/usr/share/datasets/fashion-mnist";
  if (!datasets::detail::find_idx_folder({folder})) {
    GTEST_SKIP() << "install the Debian package dataset-fashion-mnist";
  }
  const auto data = datasets::detail::read_idx_folder(folder);
  EXPECT_EQ(data.x_train.spec(), (TensorSpec{Shape{60000, 28, 28}, DType::uint8}));
  EXPECT_EQ(data.x_test.spec(), (TensorSpec{Shape{10000, 28, 28}, DType::uint8}));
  std::vector<int> counts(10);
  for (int label : data.y_train.to_vector<int>()) ++counts.at(static_cast<size_t>(label));
  EXPECT_EQ(counts, std::vector<int>(10, 6000));
  const std::vector<int> labels = data.y_test.to_vector<int>();
  EXPECT_EQ(std::vector<int>(labels.begin(), labels.begin() + 5),
            (std::vector<int>{9, 2, 1, 1, 6}));
  const auto pixels = data.x_train.array().span<uint8_t>();
  EXPECT_EQ(std::accumulate(pixels.begin(), pixels.end(), int64_t{0}), 3431114169);
}

}  // namespace
}  // namespace keratin::tests
