// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "keratin/base/config.h"
#include "keratin/graph/nest.h"

namespace keratin {

/// Calls the op that Keras writes as a node of a functional model: its class (`NotEqual`,
/// `GetItem`), the config of its constructor, and the tensors of its call. Throws ConfigError for
/// an op that this version does not read.
std::vector<Tensor> call_op_node(const std::string& class_name, const Config& config,
                                 const std::vector<Tensor>& inputs);

/// Returns what stands between the brackets of a `GetItem` node, as Keras writes it.
std::vector<Index> index_items(const Config& key);

}  // namespace keratin
