// SPDX-License-Identifier: Apache-2.0
// expect: a traced function takes tensors, numbers, nests, Data, std::vector<Tensor> and variables
#include <keratin/keratin.h>

#include <string>

using namespace keratin;

Tensor run(const Tensor& x) {
  const auto step = keratin::function([](const Tensor& value, const auto&) { return value; });
#ifdef KERATIN_MISUSE
  return step(x, std::string("mean"));
#else
  return step(x, 1.0);
#endif
}
