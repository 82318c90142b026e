// SPDX-License-Identifier: Apache-2.0
// Files of models that compute in half precision, whose optimizer is wrapped without being asked.
#include "keratin/io/npz.h"
#include "keratin/keratin.h"
#include "tests/model/saving/support.h"

namespace keratin::tests {
namespace {

using testing_support::same_bits;

class MixedFile : public testing::Test {
 protected:
  ~MixedFile() override { mixed_precision::set_global_policy("float32"); }

  // What Keras had in the model that it saved.
  static void expect_state(const Model& model) {
    std::vector<Variable> ours = model.weights();
    const std::vector<Variable>& more = model.optimizer().variables();
    ours.insert(ours.end(), more.begin(), more.end());
    size_t found = 0;
    for (const auto& [name, array] : read_npz(golden_saving("mixed.npz"))) {
      if (!name.starts_with("state_")) continue;
      const auto at = static_cast<size_t>(std::stoll(name.substr(6)));
      ASSERT_LT(at, ours.size());
      EXPECT_TRUE(same_bits(ours[at].value(), Tensor(array))) << ours[at].path();
      ++found;
    }
    EXPECT_EQ(found, ours.size());
  }
};

TEST_F(MixedFile, OfKerasHoldsTheScaleOfTheLoss) {
  mixed_precision::set_global_policy("mixed_float16");
  for (const char* name : {"mixed.keras", "mixed.h5"}) {
    const Model model = models::load_model(golden_saving(name));
    EXPECT_EQ(model.optimizer().class_name(), "LossScaleOptimizer") << name;
    EXPECT_EQ(model.layers()[0].body().dtype_policy().name(), "mixed_float16");
    EXPECT_EQ(model.layers()[2].body().dtype_policy().name(), "float32");
    expect_state(model);
  }
}

TEST_F(MixedFile, OfOursComesBack) {
  mixed_precision::set_global_policy("mixed_float16");
  const SavingFolder folder;
  const Model model = models::load_model(golden_saving("mixed.keras"));
  for (const char* name : {"a.keras", "a.h5"}) {
    model.save(folder.path(name));
    expect_state(models::load_model(folder.path(name)));
  }
  model.save_weights(folder.path("a.weights.h5"));
  const Model other = models::load_model(golden_saving("mixed.keras"));
  for (const Variable& variable : other.optimizer().variables()) {
    variable.assign(Tensor::zeros(variable.shape(), variable.dtype()));
  }
  other.load_weights(folder.path("a.weights.h5"));
  expect_state(other);
}

// As Keras does: what a file says of layers is kept, and the model's own policy is the global one.
TEST_F(MixedFile, LoadedUnderAnotherPolicyHasTheOptimizerAlone) {
  const Model model = models::load_model(golden_saving("mixed.keras"));
  EXPECT_EQ(model.optimizer().class_name(), "SGD");
  EXPECT_EQ(model.layers()[0].body().dtype_policy().name(), "mixed_float16");
}

}  // namespace
}  // namespace keratin::tests
