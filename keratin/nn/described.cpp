// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/described.h"

#include "keratin/nn/registry.h"

namespace keratin {

std::vector<ClassInfo> described_classes() {
  std::vector<ClassInfo> all;
  for (const LayerType& type : layer_types()) {
    all.push_back({"layer", type.class_name, type.make.fields});
  }
  for (const auto classes :
       {detail::loss_classes, detail::metric_classes, detail::optimizer_classes,
        detail::schedule_classes, detail::initializer_classes, detail::regularizer_classes,
        detail::constraint_classes}) {
    const std::vector<ClassInfo> more = classes();
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

}  // namespace keratin
