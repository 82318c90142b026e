// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <sstream>

#include "keratin/graph/call.h"
#include "keratin/graph/trace.h"

namespace keratin {
namespace {

TEST(TensorPrint, SpecsNameDtypeAndShape) {
  EXPECT_EQ(to_string(TensorSpec{{32, None}, DType::float32}), "float32[32, None]");
  EXPECT_EQ(to_string(TensorSpec{{}, DType::bool_}), "bool[]");
}

TEST(TensorPrint, DataPrintsAsNumPyPrintsIt) {
  const Tensor tensor = Tensor::from({1.5f, -2.0f, 0.1f, 4.0f}, {2, 2});
  EXPECT_EQ(to_string(tensor), "[[ 1.5 -2. ]\n [ 0.1  4. ]]");
  EXPECT_EQ(to_string(Tensor(2)), "2");
  std::ostringstream out;
  out << tensor << "|" << Tensor::from({7}, {1});
  EXPECT_EQ(out.str(), "[[ 1.5 -2. ]\n [ 0.1  4. ]]|[7]");
}

TEST(TensorPrint, SymbolicTensorsPrintTheirSpec) {
  EXPECT_EQ(to_string(keras_tensor({{None, 784}, DType::float32})),
            "<KerasTensor shape=(None, 784), dtype=float32>");
  EXPECT_EQ(to_string(keras_tensor({{None}, DType::int32})),
            "<KerasTensor shape=(None,), dtype=int32>");
  Trace trace;
  EXPECT_EQ(to_string(trace.input({{128, 784}, DType::float32}, "x")),
            "<traced float32[128, 784]>");
}

TEST(TensorPrint, AnEmptyHandlePrintsToo) { EXPECT_EQ(to_string(Tensor()), "<empty tensor>"); }

}  // namespace
}  // namespace keratin
