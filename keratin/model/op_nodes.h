// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "keratin/base/config.h"
#include "keratin/graph/call.h"
#include "keratin/graph/nest.h"

namespace keratin {

/// Calls the op that Keras writes as a node of a functional model: its class (`NotEqual`,
/// `GetItem`), the config of its constructor, and the tensors of its call. Throws ConfigError for
/// an op that this version does not read.
std::vector<Tensor> call_op_node(const std::string& class_name, const Config& config,
                                 const std::vector<Tensor>& inputs);

/// Is a call of an op as a file has it, kept so that it is written again in the same words.
struct OpRecord {
  /// Is the item of the config without its calls; null for an op that is part of another one.
  Config item;
  Config args;
  Config kwargs;
  /// Are the Keras tensors that `args` and `kwargs` name, in their order.
  std::vector<Tensor> tensors;
};

/// Returns the ops between results and the inputs of a call that gave them.
std::vector<std::shared_ptr<CallNode>> ops_between(const std::vector<Tensor>& results,
                                                   const std::vector<Tensor>& inputs);

/// Returns an op as the item of a functional config: as the file had it that it was read from, or
/// as the class of keras.src.ops that stands for it; null for a part of another one. Throws
/// UnsupportedError for an op that Keras does not have.
Config op_node_config(const CallNode& node, const std::function<Config(const Tensor&)>& write);

/// Returns what stands between the brackets of a `GetItem` node, as Keras writes it.
std::vector<Index> index_items(const Config& key);

}  // namespace keratin
