// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/regularizer.h"

#include <gtest/gtest.h>

#include "keratin/base/error.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/nn/constraint.h"
#include "tests/support/close.h"
#include "tests/support/golden.h"
#include "tests/support/message.h"

namespace keratin {
namespace {

using namespace testing_support;

struct LayerLike {
  KERATIN_OPTIONS(LayerLike);
  KERATIN_FIELD(Regularizer, kernel_regularizer, "Penalty on the kernel.") = {};
  KERATIN_FIELD(Constraint, kernel_constraint, "Holds the kernel.") = {};
};

template <class Handle>
void check_cases(const std::string& key) {
  const Golden golden("nn.npz");
  for (const Config& c : golden.at(key).as_list()) {
    SCOPED_TRACE(to_json(c));
    const Handle handle = Handle::from_config(c.at("object"));
    expect_close(handle(golden.tensor(c.at("weight"))), golden.tensor(c.at("output")),
                 forward_tolerance);
    EXPECT_EQ(to_json(handle.to_config()), to_json(c.at("object")));
  }
}

TEST(Regularizer, PenaltiesEqualKeras) { check_cases<Regularizer>("regularizers"); }

TEST(Constraint, WeightsEqualKeras) { check_cases<Constraint>("constraints"); }

TEST(Regularizer, IsMadeFromNamesObjectsFunctionsAndNothing) {
  const Tensor w = Tensor::from<float>({3, -4}, {2});
  const auto penalty = [&](const LayerLike& layer) {
    return layer.kernel_regularizer(w).item<float>();
  };
  EXPECT_FLOAT_EQ(penalty({.kernel_regularizer = "l2"}), 0.25F);
  EXPECT_FLOAT_EQ(penalty({.kernel_regularizer = "L1"}), 0.07F);
  EXPECT_FLOAT_EQ(penalty({.kernel_regularizer = regularizers::L2(1.0)}), 25.0F);
  EXPECT_FLOAT_EQ(penalty({.kernel_regularizer = regularizers::L1L2({.l1 = 1, .l2 = 1})}), 32.0F);
  EXPECT_FLOAT_EQ(penalty({.kernel_regularizer = [](const Tensor& x) { return ops::max(x); }}),
                  3.0F);
  EXPECT_FALSE(LayerLike{.kernel_regularizer = nullptr}.kernel_regularizer.defined());
  EXPECT_EQ(to_json(config_of(LayerLike{})),
            R"({"kernel_regularizer": null, "kernel_constraint": null})");
}

TEST(Constraint, IsMadeFromNamesObjectsFunctionsAndNothing) {
  const Tensor w = Tensor::from<float>({3, -4}, {2});
  const auto held = [&](const LayerLike& layer) {
    return layer.kernel_constraint(w).to_vector<float>();
  };
  EXPECT_EQ(held({.kernel_constraint = "non_neg"}), (std::vector<float>{3, 0}));
  EXPECT_EQ(held({.kernel_constraint = constraints::NonNeg()}), (std::vector<float>{3, 0}));
  EXPECT_EQ(held({.kernel_constraint = constraints::MaxNorm(10)}), (std::vector<float>{3, -4}));
  EXPECT_EQ(held({.kernel_constraint = constraints::MaxNorm({.max_value = 10, .axis = {0}})}),
            (std::vector<float>{3, -4}));
  EXPECT_EQ(held({.kernel_constraint = [](const Tensor& x) { return -x; }}),
            (std::vector<float>{-3, 4}));
  EXPECT_FALSE(LayerLike{.kernel_constraint = nullptr}.kernel_constraint.defined());
}

TEST(Regularizer, MisuseIsExplained) {
  EXPECT_EQ(message_of<ValueError>([] { Regularizer("l1_l2"); }),
            "regularizer: expected the name of a regularizer, got 'l1_l2'. Did you mean 'l1l2'?");
  EXPECT_EQ(message_of<ValueError>([] { regularizers::L2(-1.0); }),
            "L2: expected a non-negative, finite l2, got -1. Pass another factor.");
  EXPECT_EQ(message_of<ValueError>([] { Constraint("max_nrom"); }),
            "constraint: expected the name of a constraint, got 'max_nrom'. Did you mean "
            "'max_norm'?");
  EXPECT_EQ(
      message_of<ConfigError>([] { Regularizer([](const Tensor& x) { return x; }).to_config(); }),
      "regularizer: expected a function with a name to write, got a nameless one. Give it a "
      "name where it is passed.");
}

}  // namespace
}  // namespace keratin
