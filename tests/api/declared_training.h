// SPDX-License-Identifier: Apache-2.0
// Training, saving and models that the book's programs use and that later issues bring: their form
// is frozen here, and there are no definitions.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/api/declared_data.h"

namespace keratin {

/// Is a seed: a number, or a generator that gives a new one at each use.
class RandomSeed {
 public:
  RandomSeed() = default;
  RandomSeed(int64_t seed);
  RandomSeed(const SeedGenerator& generator);
};

namespace random {
using keratin::SeedGenerator;
struct NormalOptions {
  double mean = 0.0;
  double stddev = 1.0;
  DType dtype = DType::float32;
  RandomSeed seed = {};
};
struct UniformOptions {
  double minval = 0.0;
  double maxval = 1.0;
  DType dtype = DType::float32;
  RandomSeed seed = {};
};
struct CategoricalOptions {
  RandomSeed seed = {};
};
Tensor normal(const Shape& shape, const NormalOptions& options = {});
Tensor uniform(const Shape& shape, const UniformOptions& options = {});
Tensor randint(const Shape& shape, int64_t minval, int64_t maxval, const RandomSeed& seed = {});
Tensor shuffle(const Tensor& x, const RandomSeed& seed = {});
Tensor categorical(const Tensor& logits, int64_t num_samples,
                   const CategoricalOptions& options = {});
}  // namespace random

namespace ops {
/// Returns the k largest values and their places.
std::pair<Tensor, Tensor> top_k(const Tensor& x, int64_t k, bool sorted = true);
Tensor norm(const Tensor& x);
namespace image {
Tensor resize(const Tensor& images, const Size2D& size);
}
}  // namespace ops

namespace regularizers {
/// Are L1, L2 and L1L2 under the names that the book writes.
Regularizer l1(double factor = 0.01);
Regularizer l2(double factor = 0.01);
Regularizer l1_l2(L1L2Options options = {});
}  // namespace regularizers

namespace utils {
struct PlotOptions {
  bool show_shapes = false;
  bool show_layer_names = false;
};
/// Writes the graph of a model: as dot text, or as a picture where `dot` is installed.
void plot_model(const Model& model, const std::string& to_file, const PlotOptions& options = {});
}  // namespace utils

namespace config {
double epsilon();
}  // namespace config

namespace applications {
struct ApplicationOptions {
  bool include_top = true;
  std::optional<std::string> weights = "imagenet";
  Nest input_tensor = {};
  InputShape input_shape = {};
  std::string pooling = {};
};
struct Prediction {
  std::string id, label;
  double score;
};
#define KERATIN_APPLICATION(Name, space)                                                 \
  Model Name(const ApplicationOptions& options = {});                                    \
  namespace space {                                                                      \
  Tensor preprocess_input(const Tensor& x);                                              \
  std::vector<std::vector<Prediction>> decode_predictions(const Tensor& x, int top = 5); \
  }                                                                                      \
  static_assert(true)
KERATIN_APPLICATION(VGG16, vgg16);
KERATIN_APPLICATION(VGG19, vgg19);
KERATIN_APPLICATION(InceptionV3, inception_v3);
KERATIN_APPLICATION(Xception, xception);
KERATIN_APPLICATION(ResNet50, resnet);
}  // namespace applications

namespace tuner {
struct IntOptions {
  int64_t min_value = 0;
  int64_t max_value = 0;
  int64_t step = 1;
};
class HyperParameters {
 public:
  int64_t Int(const std::string& name, const IntOptions& options);
  std::string Choice(const std::string& name, const std::vector<std::string>& values);
};
struct TunerOptions {
  std::string objective = "val_accuracy";
  int64_t max_trials = 10;
  int64_t executions_per_trial = 1;
  std::string directory = {};
  bool overwrite = false;
};
class BayesianOptimization {
 public:
  BayesianOptimization(std::function<Model(HyperParameters&)> build, TunerOptions options);
  void search_space_summary() const;
  void search(const Nest& x, const Nest& y, FitOptions options = {});
  std::vector<HyperParameters> get_best_hyperparameters(int64_t count = 1) const;
  std::vector<Model> get_best_models(int64_t count = 1) const;
};
}  // namespace tuner

}  // namespace keratin
