// SPDX-License-Identifier: Apache-2.0
// Data files in and out, as all sub-commands take them.
#pragma once

#include <string>
#include <vector>

#include "keratin/io/npz.h"
#include "keratin/model/model.h"

namespace keratin::cli {

using Paths = std::vector<std::string>;

/// Returns the arrays of an .npy, .npz, .csv or idx file; those without a name have an empty one.
NamedArrays read_arrays(const std::string& path);

/// Returns the arrays of the files in the structure of the model's inputs: by name where all have
/// the name of one, otherwise in order. Throws ValueError when there are more or fewer.
Nest read_inputs(const Model& model, const Paths& paths);

/// Does the same for what goes with the outputs; `what` names it in errors: "targets".
Nest read_outputs(const Model& model, const Paths& paths, const std::string& what);

/// Returns inputs and targets; the last of the files, of which there are two at least, holds the
/// targets. `sample_weight` may be empty.
Data read_examples(const Model& model, const Paths& files, const Paths& sample_weight = {});

/// Returns the names of the outputs, in the order of `flatten`.
std::vector<std::string> names_of_outputs(const Model& model, size_t count);

/// Writes one array as .npy, any number as .npz; throws ValueError for other endings.
void write_arrays(const std::string& path, const NamedArrays& arrays);

/// Prints a config as one line of JSON.
void print_json(const Config& config);

}  // namespace keratin::cli
