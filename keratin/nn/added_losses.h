// SPDX-License-Identifier: Apache-2.0
// The losses that layers add while they are called, on data and in traces.
#pragma once

#include <vector>

#include "keratin/graph/tensor.h"

namespace keratin {

class LayerBody;

/// Adds a loss to those of a layer, also outside of its call. Throws ValueError for an empty
/// handle.
void add_loss_of(LayerBody& layer, const Tensor& loss);

/// Returns what this layer and all layers in it have added since it, or a layer around it, was last
/// called on this thread: each a float scalar, what had more elements summed, as Keras does.
std::vector<Tensor> added_losses(LayerBody& layer);

/// Is open while a layer is called: what is added meanwhile is that layer's. A call that is not
/// part of another one forgets what its layers added before.
class LossScope {
 public:
  explicit LossScope(LayerBody& layer);
  ~LossScope();
  LossScope(const LossScope&) = delete;
  LossScope& operator=(const LossScope&) = delete;
};

}  // namespace keratin
