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

}  // namespace keratin::datasets
