// SPDX-License-Identifier: Apache-2.0
// The variables of a model as the groups of an HDF5 file, in the places where Keras has them.
#pragma once

#include <string>
#include <vector>

#include "keratin/io/hdf5.h"
#include "keratin/model/model.h"

namespace keratin {

/// Is an object that has a group in a file of weights: a layer, a model or an optimizer.
struct SavedObject {
  /// Is where Keras has it, `layers/dense_1`; empty for the model itself.
  std::string path;
  std::string name;
  /// Is how errors speak of it.
  std::string label;
  std::vector<Variable> variables;
  bool is_optimizer = false;
};

/// Returns the objects that Keras saves, in its order. Layers go by their class in snake case with
/// a counter for each list, not by their names. A layer that is met twice stands where it is met
/// first. See `keras.saving`.
std::vector<SavedObject> saved_objects(const Model& model);

/// Returns the file of a model's weights and of its optimizer's state.
Hdf5Group weights_to_hdf5(const Model& model);

/// Sets the weights of a model and the state of its optimizer to those of a file; `where` names it
/// in errors. Throws ValueError, before anything is changed, when variables are missing, too many
/// or of other shapes, unless `skip_mismatch` leaves such objects as they are. State that does not
/// fit the optimizer is left out, as Keras does it; both are told on stderr.
void weights_from_hdf5(const Model& model, const Hdf5Group& file, const std::string& where,
                       bool skip_mismatch = false);

/// Sets the state of the optimizers of a model that was compiled after its weights were set.
void optimizers_from_hdf5(const Model& model, const Hdf5Group& file, const std::string& where);

/// Sets a variable of the shape that an array in a file has, with no other copy of the elements
/// where they lie in one piece.
void set_value(const Variable& variable, const Hdf5Dataset& dataset);

}  // namespace keratin
