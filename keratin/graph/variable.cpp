// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/variable.h"

#include "keratin/base/check.h"
#include "keratin/base/naming.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/tape_internal.h"
#include "keratin/graph/trace.h"

namespace keratin {

Variable::Variable(const Tensor& initial, VariableOptions options)
    : body_(std::make_shared<VariableBody>()) {
  initialize(initial, std::move(options));
}

Variable Variable::declare(std::string name) {
  Variable variable;
  variable.body_ = std::make_shared<VariableBody>();
  variable.body_->path = variable.body_->name = std::move(name);
  return variable;
}

void Variable::initialize(const Tensor& initial, VariableOptions options) const {
  require<ValueError>(!initialized(), "variable",
                      "expected a variable without a value, got '{}', which has one. Use assign.",
                      body_->path);
  if (!options.name.empty()) body_->name = std::move(options.name);
  if (body_->name.empty()) body_->name = unique_name("variable");
  body_->path = options.path.empty() ? body_->name : std::move(options.path);
  body_->trainable = options.trainable;
  body_->data = initial.array().copy();
  body_->spec = {body_->data.shape(), body_->data.dtype()};
}

bool Variable::initialized() const { return defined() && body_->data.defined(); }

VariableBody& Variable::body() const {
  require<ValueError>(defined(), "variable",
                      "expected a variable that has been made, got an empty handle. Build the "
                      "layer first.");
  return *body_;
}

const std::string& Variable::name() const { return body().name; }
const std::string& Variable::path() const { return body().path; }
const TensorSpec& Variable::spec() const {
  check_initialized();
  return body_->spec;
}
bool Variable::trainable() const { return body().trainable; }
void Variable::set_trainable(bool trainable) const { body().trainable = trainable; }
void Variable::set_path(std::string path) const { body().path = std::move(path); }
uint64_t Variable::version() const { return body().version; }

void Variable::check_initialized() const {
  require<ValueError>(body().data.defined(), "variable",
                      "expected a variable with a value, got '{}' before its layer was built. Call "
                      "the layer once or build it.",
                      body_->name);
}

Tensor Variable::value() const {
  check_initialized();
  const auto present = [&] {
    Trace* trace = Trace::current();
    return trace != nullptr ? trace->read(*this) : Tensor(body().data.copy());
  };
  return taping::recording() ? taping::read(*this, present) : present();
}

void Variable::assign(const Tensor& value) const {
  check_initialized();
  VariableBody& self = body();
  if (value.shape() != self.spec.shape) {
    fail<ShapeError>("assign",
                     "expected a value of shape {} for the variable '{}', got {}. Reshape the "
                     "value.",
                     to_string(self.spec.shape), self.path, to_string(value.shape()));
  }
  if (Trace* trace = Trace::current()) {
    trace->assign(*this, value);
    return;
  }
  self.data.assign(value.array());
  ++self.version;
}

void Variable::assign_add(const Tensor& delta) const { assign(value() + delta); }
void Variable::assign_sub(const Tensor& delta) const { assign(value() - delta); }

}  // namespace keratin
