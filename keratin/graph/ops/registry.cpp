// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/ops/control_ops.h"
#include "keratin/graph/ops/fused.h"
#include "keratin/graph/ops/ops.h"

namespace keratin {

const std::vector<const OpDef*>& all_ops() {
  static const std::vector<const OpDef*> ops = [] {
    std::vector<const OpDef*> list;
    for (auto family :
         {ops::elementwise_ops(), ops::elementwise_unary_ops(), ops::reduction_ops(),
          ops::shaping_ops(), ops::indexing_ops(), ops::linalg_ops(), ops::nn_ops(),
          ops::creation_ops(), ops::random_ops(), ops::control_ops(), ops::fused_ops()}) {
      list.insert(list.end(), family.begin(), family.end());
    }
    return list;
  }();
  return ops;
}

}  // namespace keratin
