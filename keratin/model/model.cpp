// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/model.h"

#include "keratin/base/check.h"
#include "keratin/base/text.h"
#include "keratin/model/error_context.h"
#include "keratin/model/model_body.h"
#include "keratin/model/train/trainer.h"
#include "keratin/nn/added_losses.h"

namespace keratin {

std::vector<Layer> Structure::layers(const ModelBody& model) const {
  return model.tracked_layers();
}

ModelBody::ModelBody(std::unique_ptr<Structure> structure, const ModelSettings& settings)
    : LayerBody(structure->class_name(), settings),
      structure_(std::move(structure)),
      trainer_(std::make_unique<Trainer>(*this)) {}

ModelBody::~ModelBody() = default;

std::vector<std::string> ModelBody::output_names() const {
  const FunctionalGraph* graph = structure_->graph();
  return graph == nullptr ? std::vector<std::string>() : graph->output_names();
}

std::vector<Tensor> ModelBody::losses() {
  std::vector<Tensor> losses = added_losses(*this);
  for (const Weight& weight : all_weights()) {
    if (!weight.regularizer.defined() || !weight.variable.trainable()) continue;
    losses.push_back(weight.regularizer(weight.variable.value()));
  }
  return losses;
}

Nest ModelBody::call(const Nest& inputs, const CallArgs& args) {
  return structure_->call(inputs, args);
}

void ModelBody::build(const Nest& inputs) { structure_->build(*this, inputs); }

void ModelBody::discard_build(size_t weights) {
  structure_->discard_build();
  LayerBody::discard_build(weights);
}

Model& Callback::model() const {
  require<ValueError>(model_ != nullptr, "callback",
                      "expected a model, got none. A callback has one while `fit`, `evaluate` or "
                      "`predict` runs.");
  return *model_;
}

Model::Model(ModelOptions options) : Layer(make_functional(options)) {}

Model::Model(const Nest& inputs, const Nest& outputs, const std::string& name)
    : Model(ModelOptions{inputs, outputs, name, true}) {}

Model::Model(std::shared_ptr<ModelBody> body) : Layer(std::move(body)) {}

ModelBody& Model::model_body() const {
  require<ValueError>(defined(), "model",
                      "expected a model, got an empty handle. Assign a model to it first.");
  return static_cast<ModelBody&>(*body_);
}

namespace {

// Calls the trainer of a model; an error that leaves it names the model.
template <class Call>
auto in_trainer(const Model& model, Call&& call) {
  ModelBody& body = model.model_body();
  return with_context(body.operation_name(), [&] { return call(body.trainer()); });
}

}  // namespace

PlanReport Model::plan(const PlanOptions& options) const {
  return in_trainer(*this, [&](Trainer& trainer) { return trainer.plan(options); });
}

void Model::compile(CompileOptions options) const {
  in_trainer(*this, [&](Trainer& trainer) {
    trainer.compile(std::move(options));
    trainer.advise_at_compile();
  });
}

History Model::fit(const Nest& x, const Nest& y, FitOptions options) const {
  return in_trainer(*this, [&](Trainer& trainer) { return trainer.fit(x, y, std::move(options)); });
}

History Model::fit(const BatchSource& batches, FitOptions options) const {
  return in_trainer(*this,
                    [&](Trainer& trainer) { return trainer.fit(batches, std::move(options)); });
}

Logs Model::evaluate(const Nest& x, const Nest& y, EvaluateOptions options) const {
  return in_trainer(*this,
                    [&](Trainer& trainer) { return trainer.evaluate(x, y, std::move(options)); });
}

Logs Model::evaluate(const BatchSource& batches, EvaluateOptions options) const {
  return in_trainer(
      *this, [&](Trainer& trainer) { return trainer.evaluate(batches, std::move(options)); });
}

Nest Model::predict(const Nest& x, PredictOptions options) const {
  return in_trainer(*this,
                    [&](Trainer& trainer) { return trainer.predict(x, std::move(options)); });
}

Nest Model::predict(const BatchSource& batches, PredictOptions options) const {
  return in_trainer(*this,
                    [&](Trainer& trainer) { return trainer.predict(batches, std::move(options)); });
}

Logs Model::train_on_batch(const Nest& x, const Nest& y, const BatchOptions& options) const {
  return in_trainer(*this, [&](Trainer& trainer) { return trainer.train_on_batch(x, y, options); });
}

Logs Model::test_on_batch(const Nest& x, const Nest& y, const BatchOptions& options) const {
  return in_trainer(*this, [&](Trainer& trainer) { return trainer.test_on_batch(x, y, options); });
}

Nest Model::predict_on_batch(const Nest& x) const {
  return in_trainer(*this, [&](Trainer& trainer) { return trainer.predict_on_batch(x); });
}

std::vector<Layer> Model::layers() const { return model_body().layers(); }

Layer Model::get_layer(const std::string& name) const {
  std::vector<std::string> names;
  for (const Layer& layer : layers()) {
    if (layer.name() == name) return layer;
    names.push_back(layer.name());
  }
  fail<ValueError>(model_body().label() + ".get_layer",
                   "expected one of the layers [{}], got '{}'.{}", fmt::join(names, ", "), name,
                   text::choice(name, names));
}

Layer Model::get_layer(int index) const {
  const std::vector<Layer> all = layers();
  const auto count = static_cast<int>(all.size());
  const int at = index < 0 ? index + count : index;
  require<ValueError>(at >= 0 && at < count, model_body().label() + ".get_layer",
                      "expected an index from {} to {}, got {}. Check the number of layers.",
                      -count, count - 1, index);
  return all[static_cast<size_t>(at)];
}

namespace {

const FunctionalGraph& graph_of(const Model& model, std::string_view what) {
  const FunctionalGraph* graph = model.model_body().structure().graph();
  require<ValueError>(graph != nullptr, model.body().label(),
                      "expected a model with known {}, got one that is not built. Start it with "
                      "an Input or call it on data.",
                      what);
  return *graph;
}

}  // namespace

Nest Model::inputs() const { return graph_of(*this, "inputs").inputs(); }
Nest Model::outputs() const { return graph_of(*this, "outputs").outputs(); }
const Optimizer& Model::optimizer() const {
  // A pointer, since a lambda would return a copy.
  return *in_trainer(*this, [](Trainer& trainer) { return &trainer.optimizer(); });
}
std::vector<std::string> Model::metrics_names() const {
  return model_body().trainer().metrics_names();
}
void Model::reset_metrics() const { model_body().trainer().reset_metrics(); }
std::vector<Metric> Model::metrics() const { return model_body().trainer().metrics(); }
std::vector<Tensor> Model::losses() const { return model_body().losses(); }
void Model::set_stop_training(bool stop) const { model_body().trainer().stop_training = stop; }
bool Model::stop_training() const { return model_body().trainer().stop_training; }

Sequential::Sequential(const std::string& name) : Model(make_sequential(name)) {}

Sequential::Sequential(std::initializer_list<Layer> layers, const std::string& name)
    : Sequential(std::vector<Layer>(layers), name) {}

Sequential::Sequential(const std::vector<Layer>& layers, const std::string& name)
    : Sequential(name) {
  add_to_sequential(model_body(), layers);
}

void Sequential::add(const Layer& layer) const { add_to_sequential(model_body(), layer); }
void Sequential::pop() const { pop_from_sequential(model_body()); }

}  // namespace keratin
