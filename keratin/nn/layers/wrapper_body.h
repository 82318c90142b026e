// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "keratin/nn/layer_body.h"

namespace keratin::layers {

/// Is a layer around another one, which files keep under the name `layer`.
class WrapperBody : public LayerBody {
 public:
  template <class Options>
  WrapperBody(std::string class_name, const Options& options)
      : LayerBody(std::move(class_name), options), wrapped_(options.layer) {
    require_wrapped();
    track(wrapped_);
  }

  const Layer& wrapped() const { return wrapped_; }

 private:
  /// Throws ValueError when no layer was given.
  void require_wrapped() const;

  Layer wrapped_;
};

}  // namespace keratin::layers
