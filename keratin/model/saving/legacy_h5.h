// SPDX-License-Identifier: Apache-2.0
// Legacy whole-model `.h5` files, as Keras 1 to 3 write them: what is in their attributes and
// groups.
#pragma once

#include <string>

#include "keratin/base/config.h"
#include "keratin/io/hdf5.h"
#include "keratin/model/model.h"

namespace keratin {

/// Returns the model of a legacy file as today's config; null when the file holds weights alone.
/// Throws ConfigError, FileError.
Config legacy_model_config(const Hdf5Group& file, const std::string& where);

/// Returns the arguments of compile as today's config; null when there are none.
Config legacy_compile_config(const Hdf5Group& file, const std::string& where);

/// Sets the weights of a model: layer by layer in their order, or by the layers' names. Throws
/// ValueError, before anything is changed, for weights that do not fit, unless `skip_mismatch`
/// leaves such layers as they are.
void load_legacy_weights(const Model& model, const Hdf5Group& file, const std::string& where,
                         const LoadWeightsOptions& options = {});

/// Sets the state of the model's optimizer; tells on stderr when it does not fit.
void load_legacy_optimizer(const Model& model, const Hdf5Group& file, const std::string& where);

/// Returns a whole model as a legacy file of Keras 3: config, arguments of compile, weights and the
/// optimizer's state. Throws ConfigError for functions without a name.
Hdf5Group legacy_file_of(const Model& model);

/// Returns a layer or model of Keras 1 or 2 as today's envelope: old names of arguments, the input
/// shape in the first layer, calls as lists.
Config modern_layer(const Config& legacy);

/// Returns the arguments of compile of Keras 1 or 2 under today's names.
Config modern_compile_config(const Config& legacy);

}  // namespace keratin
