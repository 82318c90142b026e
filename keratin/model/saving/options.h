// SPDX-License-Identifier: Apache-2.0
// The arguments of save, load_model and load_weights.
#pragma once

#include <optional>

#include "keratin/model/saving/custom_objects.h"

namespace keratin {

/// Are the arguments of `save` besides the path.
struct SaveOptions {
  /// Replaces a file that is there; without it that is an error.
  bool overwrite = true;
  /// Writes one file; without it a folder of files, whose name does not end in `.keras`.
  bool zipped = true;
};

/// Are the arguments of `save_weights` besides the path.
struct SaveWeightsOptions {
  /// Replaces a file that is there; without it that is an error.
  bool overwrite = true;
  /// Writes several files of at most so many GiB each, and an index `.weights.json`.
  std::optional<double> max_shard_size = {};
};

/// Are the arguments of `load_weights` besides the path.
struct LoadWeightsOptions {
  /// Goes by the names of layers, which only legacy `.h5` files have.
  bool by_name = false;
  /// Leaves layers as they are whose weights in the file are others.
  bool skip_mismatch = false;
};

/// Are the arguments of `load_model` besides the path.
struct LoadOptions {
  /// Are classes of the user: `{custom_object<Sampling>(), custom_object<Scale>()}`.
  std::vector<CustomObject> custom_objects = {};
  /// Compiles the model as it was compiled when it was saved.
  bool compile = true;
};

}  // namespace keratin
