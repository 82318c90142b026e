// SPDX-License-Identifier: Apache-2.0
#include "tests/support/golden.h"

#include <stdexcept>

#include "keratin/io/npz.h"

namespace keratin::testing_support {

Golden::Golden(const std::string& path) {
  for (auto& [name, array] : read_npz(std::string(KERATIN_GOLDEN_DIR) + "/" + path)) {
    if (name == "case") {
      const auto bytes = array.span<const uint8_t>();
      document_ = parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path);
    } else {
      arrays_[name] = Tensor(array);
    }
  }
  // NumPy has no bfloat16: its bits are stored as uint16.
  const Config names = document_.get("bfloat16");
  if (names.is_null()) return;
  for (const Config& name : names.as_list()) {
    Tensor& stored = arrays_.at(name.as_string());
    const Array bits = stored.array().contiguous();
    stored =
        Tensor(Array(bits.buffer(), DType::bfloat16, bits.shape(), bits.strides(), bits.offset()));
  }
}

Tensor Golden::tensor(const Config& name) const {
  if (name.is_null()) return {};
  const auto at = arrays_.find(name.as_string());
  if (at == arrays_.end()) throw std::runtime_error("no array " + name.as_string());
  return at->second;
}

Tensor Golden::exact(const Config& name) const {
  if (name.is_null()) return {};
  const auto at = arrays_.find(name.as_string() + ".f64");
  return at == arrays_.end() ? Tensor() : at->second;
}

}  // namespace keratin::testing_support
