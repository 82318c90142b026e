// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/tape.h"

#include "keratin/base/check.h"
#include "keratin/base/text.h"
#include "keratin/graph/call.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/tape_internal.h"
#include "keratin/graph/trace.h"

namespace keratin {

namespace {

bool in_specs_trace() {
  const Trace* trace = Trace::current();
  return trace != nullptr && trace->mode() == Trace::Mode::specs;
}

void check_watchable(const taping::Recording& recording, DType dtype) {
  require<ValueError>(!recording.stopped(), "tape.watch",
                      "expected a tape that still records, got one whose gradient has been taken. "
                      "Make a new one, or a persistent one: GradientTape tape(true).");
  require<DTypeError>(is_float(dtype), "tape.watch",
                      "expected a tensor of a float dtype, got {}. Cast it, and watch the result.",
                      name_of(dtype));
}

// Is one call of `gradient` or `jacobian`: it checks what is asked for, and walks.
class Question {
 public:
  Question(const char* where, taping::Recording& recording, const Tensor& target,
           const std::string& unconnected)
      : where_(where), recording_(recording), target_(target) {
    check_call(unconnected);
    check_target();
    wants_zeros_ = unconnected == "zero";
  }

  void add(const Tensor& source) {
    check_source(source);
    sources_.push_back({source.spec(), source});
    if (!in_specs_trace()) keys_.push_back(recording_.keys_of_source(source));
  }
  void add(const Variable& source) {
    require<DTypeError>(is_float(source.dtype()), where_,
                        "expected sources of a float dtype, got {} of the variable '{}'. Leave it "
                        "out.",
                        name_of(source.dtype()), source.path());
    sources_.push_back({source.spec(), {}});
    if (!in_specs_trace()) keys_.push_back(recording_.keys_of_source(source));
  }
  template <class T>
  void add(const std::vector<T>& sources) {
    for (const T& source : sources) add(source);
  }

  std::vector<Tensor> gradients(const Tensor& output_gradients);
  std::vector<Tensor> jacobians();
  Tensor batch_jacobian();

 private:
  struct Source {
    TensorSpec spec;
    Tensor tensor;  // empty for a variable
  };

  void check_call(const std::string& unconnected) const;
  void check_target() const;
  void check_source(const Tensor& source) const;
  Tensor first_gradient(const Tensor& given) const;
  bool begin();
  void end() {
    if (!recording_.persistent()) recording_.clear();
  }
  static Tensor zeros_like(const Source& source) {
    if (source.tensor.defined()) return ops::zeros_like(source.tensor);
    return Tensor::zeros(source.spec.shape, source.spec.dtype);
  }
  Shape jacobian_shape(const Source& source) const {
    std::vector<int64_t> dims = target_.shape().dims();
    dims.insert(dims.end(), source.spec.shape.begin(), source.spec.shape.end());
    return Shape(std::move(dims));
  }

  const char* where_;
  taping::Recording& recording_;
  const Tensor& target_;
  bool wants_zeros_ = false;
  std::vector<Source> sources_;
  std::vector<taping::Recording::Keys> keys_;
};

void Question::check_call(const std::string& unconnected) const {
  require<ValueError>(recording_.persistent() || !recording_.stopped(), where_,
                      "expected one call for a tape that is not persistent, got a second one. Ask "
                      "for all gradients at once, or make it persistent: GradientTape tape(true).");
  require<ValueError>(recording_.trace() == Trace::current(), where_,
                      "expected a tape of the function that runs, got one from outside of it. Make "
                      "the tape inside the function.");
  require<ValueError>(unconnected == "none" || unconnected == "zero", where_,
                      "expected \"none\" or \"zero\" as unconnected_gradients, got \"{}\".{}",
                      unconnected, text::choice(unconnected, {"none", "zero"}));
}

void Question::check_target() const {
  require<ValueError>(target_.defined(), where_,
                      "expected a target, got an empty handle. Assign a tensor to it first.");
  require<ValueError>(!target_.is_keras_tensor() || in_specs_trace(), where_,
                      "expected a target computed from data, got the output of a functional model "
                      "that is being defined, of shape {}. Call the model on data.",
                      to_string(target_.shape()));
  require<DTypeError>(is_float(target_.dtype()), where_,
                      "expected a target of a float dtype, got {}. Cast the target.",
                      name_of(target_.dtype()));
}

void Question::check_source(const Tensor& source) const {
  require<ValueError>(source.defined(), where_,
                      "expected tensors as sources, got an empty handle. Assign a tensor to it "
                      "first.");
  require<DTypeError>(is_float(source.dtype()), where_,
                      "expected sources of a float dtype, got {}. Cast the source.",
                      name_of(source.dtype()));
  require<ValueError>(recording_.knows(source) || in_specs_trace(), where_,
                      "expected a source that the tape has met, got a tensor of shape {}. Call "
                      "`watch` with it before it is used.",
                      to_string(source.shape()));
}

// Returns the gradient with which the walk starts.
Tensor Question::first_gradient(const Tensor& given) const {
  if (!given.defined()) return ops::ones_like(target_);
  require<ShapeError>(is_compatible(target_.shape(), given.shape()), where_,
                      "expected output_gradients of the target's shape {}, got {}. Reshape them.",
                      to_string(target_.shape()), to_string(given.shape()));
  return ops::cast(given, target_.dtype());
}

// Tells whether anything flows back from the target.
bool Question::begin() {
  const bool known = recording_.knows(target_);
  require<ValueError>(known || wants_zeros_, where_,
                      "expected a target computed from what the tape watches, got one of shape {} "
                      "that is not. Compute it after the tape is made, from trainable variables or "
                      "from tensors given to `watch`.",
                      to_string(target_.shape()));
  if (!recording_.persistent()) recording_.stop();
  return known;
}

std::vector<Tensor> Question::gradients(const Tensor& output_gradients) {
  std::vector<Tensor> result(sources_.size());
  if (in_specs_trace()) {
    for (size_t i = 0; i < result.size(); ++i) result[i] = keras_tensor(sources_[i].spec);
    return result;
  }
  if (begin()) result = recording_.backward({{target_, first_gradient(output_gradients)}}, keys_);
  end();
  for (size_t i = 0; i < result.size() && wants_zeros_; ++i) {
    if (!result[i].defined()) result[i] = zeros_like(sources_[i]);
  }
  return result;
}

std::vector<Tensor> Question::jacobians() {
  std::vector<Tensor> result(sources_.size());
  if (in_specs_trace()) {
    for (size_t i = 0; i < result.size(); ++i) {
      result[i] = keras_tensor({jacobian_shape(sources_[i]), sources_[i].spec.dtype});
    }
    return result;
  }
  const Shape& shape = target_.shape();
  require<ShapeError>(shape.is_static(), where_,
                      "expected a target whose shape is known, got {}. Give its inputs a known "
                      "shape.",
                      to_string(shape));
  std::vector<std::vector<Tensor>> rows(sources_.size());  // one for each element of the target
  const int64_t count = begin() ? shape.element_count() : 0;
  for (int64_t at = 0; at < count; ++at) {
    const Tensor one = ops::one_hot(Tensor::from(std::vector<int64_t>{at}, {}), count);
    const Tensor first = ops::cast(ops::reshape(one, shape), target_.dtype());
    const std::vector<Tensor> found = recording_.backward({{target_, first}}, keys_);
    for (size_t i = 0; i < found.size(); ++i) {
      if (found[i].defined()) rows[i].push_back(found[i]);
    }
  }
  end();
  for (size_t i = 0; i < result.size(); ++i) {
    const Shape whole = jacobian_shape(sources_[i]);
    if (!rows[i].empty()) {
      result[i] = ops::reshape(ops::stack(rows[i]), whole);
    } else if (wants_zeros_ || shape.element_count() == 0) {
      result[i] = ops::broadcast_to(zeros_like(sources_[i]), whole);
    }
  }
  return result;
}

// Walks back once for each element of a row: rows depend on their own rows alone, so the gradient
// of a column's sum has the gradients of all its elements.
Tensor Question::batch_jacobian() {
  const Shape& shape = target_.shape();
  const TensorSpec& source = sources_[0].spec;
  const bool fits = shape.rank() >= 2 && source.shape.rank() >= 2 &&
                    is_compatible(Shape{shape[0]}, Shape{source.shape[0]});
  require<ShapeError>(fits, where_,
                      "expected a target and a source of at least two axes, the first of one size, "
                      "got {} and {}. Reshape them, or ask for the `jacobian`.",
                      to_string(shape), to_string(source.shape));
  std::vector<int64_t> row(shape.begin() + 1, shape.end());
  std::vector<int64_t> whole = shape.dims();
  whole.insert(whole.end(), source.shape.begin() + 1, source.shape.end());
  if (in_specs_trace()) return keras_tensor({Shape(whole), source.dtype});
  require<ShapeError>(Shape(row).is_static(), where_,
                      "expected a target whose axes but the first are known, got {}. Give its "
                      "inputs a known shape.",
                      to_string(shape));
  std::vector<Tensor> columns;
  const int64_t count = begin() ? Shape(row).element_count() : 0;
  for (int64_t at = 0; at < count; ++at) {
    std::vector<int64_t> one_row = row;
    one_row.insert(one_row.begin(), 1);
    const Tensor one = ops::one_hot(Tensor::from(std::vector<int64_t>{at}, {}), count);
    const Tensor first =
        ops::ones_like(target_) * ops::cast(ops::reshape(one, Shape(one_row)), target_.dtype());
    const Tensor found = recording_.backward({{target_, first}}, keys_)[0];
    if (found.defined()) columns.push_back(found);
  }
  end();
  if (!columns.empty()) return ops::reshape(ops::stack(columns, 1), Shape(whole));
  // TensorFlow gives zeros, whatever is said of what does not depend.
  Tensor zeros = zeros_like(sources_[0]);
  for (size_t axis = 0; axis < row.size(); ++axis) zeros = ops::expand_dims(zeros, 1);
  row.resize(whole.size() - 1, 1);
  row.insert(row.begin(), 1);
  return zeros + Tensor::zeros(Shape(row), source.dtype);
}

}  // namespace

GradientTape::GradientTape(bool persistent)
    : recording_(std::make_shared<taping::Recording>(persistent)) {}
GradientTape::~GradientTape() = default;

void GradientTape::watch(const Tensor& tensor) {
  check_watchable(*recording_, tensor.dtype());
  recording_->watch(tensor);
}

void GradientTape::watch(const Variable& variable) {
  check_watchable(*recording_, variable.dtype());
  recording_->watch(variable);
}

void GradientTape::watch(const std::vector<Tensor>& tensors) {
  for (const Tensor& tensor : tensors) watch(tensor);
}

std::vector<Tensor> GradientTape::gradient(const Tensor& target, const std::vector<Tensor>& sources,
                                           const GradientOptions& options) {
  Question question("tape.gradient", *recording_, target, options.unconnected_gradients);
  question.add(sources);
  return question.gradients(options.output_gradients);
}

std::vector<Tensor> GradientTape::gradient_of_variables(const Tensor& target,
                                                        const std::vector<Variable>& sources,
                                                        const GradientOptions& options) {
  Question question("tape.gradient", *recording_, target, options.unconnected_gradients);
  question.add(sources);
  return question.gradients(options.output_gradients);
}

std::vector<Tensor> GradientTape::jacobian(const Tensor& target, const std::vector<Tensor>& sources,
                                           const JacobianOptions& options) {
  Question question("tape.jacobian", *recording_, target, options.unconnected_gradients);
  question.add(sources);
  return question.jacobians();
}

std::vector<Tensor> GradientTape::jacobian_of_variables(const Tensor& target,
                                                        const std::vector<Variable>& sources,
                                                        const JacobianOptions& options) {
  Question question("tape.jacobian", *recording_, target, options.unconnected_gradients);
  question.add(sources);
  return question.jacobians();
}

Tensor GradientTape::batch_jacobian_of(const Tensor& target, const Tensor& source,
                                       const JacobianOptions& options) {
  Question question("tape.batch_jacobian", *recording_, target, options.unconnected_gradients);
  question.add(source);
  return question.batch_jacobian();
}

Tensor GradientTape::batch_jacobian_of(const Tensor& target, const Variable& source,
                                       const JacobianOptions& options) {
  Question question("tape.batch_jacobian", *recording_, target, options.unconnected_gradients);
  question.add(source);
  return question.batch_jacobian();
}

GradientTape::Stop::Stop(std::weak_ptr<taping::Recording> recording)
    : recording_(std::move(recording)) {
  if (const auto tape = recording_.lock()) tape->pause();
}

GradientTape::Stop::~Stop() {
  if (const auto tape = recording_.lock()) tape->resume();
}

GradientTape::Stop GradientTape::stop_recording() { return Stop(recording_); }

void GradientTape::reset() { recording_->restart(); }

}  // namespace keratin
