// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "keratin/base/fields.h"
#include "keratin/graph/tensor.h"

namespace keratin::datasets {

/// Is a set of grey images and their classes, all uint8: x [images, 28, 28] with 0 to 255,
/// y [images] with 0 to 9. `auto [x_train, y_train, x_test, y_test] = ...` takes it apart.
struct ImageData {
  Tensor x_train, y_train, x_test, y_test;
};

/// Handwritten digits: 60,000 images to train with and 10,000 to test with.
namespace mnist {

struct LoadOptions {
  KERATIN_OPTIONS(LoadOptions);
  KERATIN_FIELD(std::string, path, "Name of the .npz file in the data folders.") = "mnist.npz";
};

/// Returns the digits. They are taken from the first place that has them, as an .npz file or as the
/// four idx files (`train-images-idx3-ubyte.gz` ..., packed or not): `$KERATIN_DATA_HOME/mnist`,
/// `$KERATIN_DATA_HOME`, `~/.keras/datasets`, `~/.keras/datasets/mnist`; else the file that Keras
/// uses is downloaded into `~/.keras/datasets`. Throws FileError that says where to put the files.
/// See `keras.datasets.mnist.load_data`.
ImageData load_data(const LoadOptions& options = {});

/// Tells whether `load_data` needs no download.
bool available();

}  // namespace mnist

/// Pictures of clothes in ten classes: 60,000 images to train with and 10,000 to test with.
namespace fashion_mnist {

/// Returns the pictures. They are taken from the first place that has the four idx files
/// (`train-images-idx3-ubyte.gz` ..., packed or not): `$KERATIN_DATA_HOME/fashion-mnist`,
/// `$KERATIN_DATA_HOME`, `~/.keras/datasets/fashion-mnist`, the folder of Debian's package
/// dataset-fashion-mnist; else the files that Keras uses are downloaded. Throws FileError that says
/// where to put the files. See `keras.datasets.fashion_mnist.load_data`.
ImageData load_data();

/// Tells whether `load_data` needs no download.
bool available();

}  // namespace fashion_mnist

/// Is a set of rows of numbers and what to predict for each: x [rows, features], y [rows].
struct ArrayData {
  Tensor x_train, y_train, x_test, y_test;
};

/// Prices of homes around Boston in the late 1970s: 506 rows of 13 features. One of them assumes
/// that segregation moves prices; Keras advises against the set but to show such faults.
namespace boston_housing {

struct LoadOptions {
  KERATIN_OPTIONS(LoadOptions);
  KERATIN_FIELD(std::string, path, "Name of the .npz file.") = "boston_housing.npz";
  KERATIN_FIELD(double, test_split, "Share of the rows to test with, 0 to below 1.") = 0.2;
  KERATIN_FIELD(int64_t, seed, "Seed of the order of the rows, 0 to 2^32 - 1.") = 113;
};

/// Returns the rows as float64, in the order of Keras, y in thousands of dollars. The file is taken
/// from `$KERATIN_DATA_HOME/boston_housing`, `$KERATIN_DATA_HOME` or `~/.keras/datasets`; else it
/// is downloaded into the last. Throws ValueError for wrong options, and FileError that says where
/// to put the file. See `keras.datasets.boston_housing.load_data`.
ArrayData load_data(const LoadOptions& options = {});

/// Tells whether `load_data` needs no download.
bool available();

}  // namespace boston_housing

/// Prices of homes in Californian districts in 1990: 20,640 rows of 8 features.
namespace california_housing {

struct LoadOptions {
  KERATIN_OPTIONS(LoadOptions);
  KERATIN_FIELD(std::string, version, "small, the first 600 rows, or large.") = "large";
  KERATIN_FIELD(std::string, path, "Name of the .npz file.") = "california_housing.npz";
  KERATIN_FIELD(double, test_split, "Share of the rows to test with, 0 to below 1.") = 0.2;
  KERATIN_FIELD(int64_t, seed, "Seed of the order of the rows, 0 to 2^32 - 1.") = 113;
};

/// Returns the rows as the file has them, in the order of Keras, y in dollars. The file is taken
/// from `$KERATIN_DATA_HOME/california_housing`, `$KERATIN_DATA_HOME` or `~/.keras/datasets`; else
/// it is downloaded into the last. Throws ValueError for wrong options, and FileError that says
/// where to put the file. See `keras.datasets.california_housing.load_data`.
ArrayData load_data(const LoadOptions& options = {});

/// Tells whether `load_data` needs no download.
bool available();

}  // namespace california_housing

}  // namespace keratin::datasets
