// SPDX-License-Identifier: Apache-2.0
#include "keratin/core/print.h"

#include <ostream>

#include "keratin/graph/tensor.h"

namespace keratin {

std::string to_string(const TensorSpec& spec) {
  return std::string(name_of(spec.dtype)) + to_string(spec.shape);
}

std::string to_string(const Tensor& tensor) {
  if (!tensor.defined()) return "<empty tensor>";
  if (tensor.is_concrete()) return to_string(tensor.array());
  if (tensor.is_traced()) return "<traced " + to_string(tensor.spec()) + ">";
  return "<KerasTensor shape=" + to_tuple_string(tensor.shape()) +
         ", dtype=" + std::string(name_of(tensor.dtype())) + ">";
}

std::ostream& operator<<(std::ostream& out, const Tensor& tensor) {
  return out << to_string(tensor);
}

}  // namespace keratin
