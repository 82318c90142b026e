// SPDX-License-Identifier: Apache-2.0
// What open tapes write down, and the walk back over it.
#include <algorithm>

#include "keratin/base/check.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/tape_internal.h"
#include "keratin/graph/trace.h"

namespace keratin::taping {

namespace {

// The tapes of this thread, outermost first.
std::vector<Recording*>& open_tapes() {
  static thread_local std::vector<Recording*> tapes;
  return tapes;
}

thread_local int pauses = 0;

template <class F>
void for_each_listener(F&& f) {
  for (Recording* tape : open_tapes()) {
    if (tape->listens()) f(*tape);
  }
}

constexpr uint64_t whole_body = ~uint64_t{0};

}  // namespace

Key key_of(const Tensor& tensor) {
  const TensorBody& body = tensor.body();
  if (tensor.is_traced()) return {body.graph.get(), static_cast<uint64_t>(body.value)};
  return {&body, whole_body};
}

bool recording() {
  const std::vector<Recording*>& tapes = open_tapes();
  return std::any_of(tapes.begin(), tapes.end(), [](Recording* tape) { return tape->listens(); });
}

void record(const OpDef& op, const Attrs& attrs, const std::vector<Tensor>& inputs,
            const std::vector<Tensor>& outputs) {
  for_each_listener([&](Recording& tape) { tape.record(op, attrs, inputs, outputs); });
}

void alias(const Tensor& from, const Tensor& to) {
  for_each_listener([&](Recording& tape) { tape.alias(from, to); });
}

Tensor read(const Variable& variable, const std::function<Tensor()>& present) {
  bool followed = false;
  for_each_listener([&](Recording& tape) { followed = followed || tape.follows(variable); });
  if (!followed) return present();
  const Trace* trace = Trace::current();
  Tensor value;
  Key version{&variable.body(), variable.version()};
  if (trace != nullptr) {
    value = present();
    version = key_of(value);
  }
  Tensor result;
  for_each_listener([&](Recording& tape) {
    if (!result.defined()) result = tape.known_read(variable, version);
  });
  if (!result.defined()) {
    result = value.defined() ? value : present();
    // What was assigned in this trace is the tensor that it was computed as, and no gradient flows
    // through an assignment: the variable's value is another one.
    const bool computed =
        result.is_traced() && trace->graph()->value(result.body().value).kind == ValueKind::node;
    if (computed) result = ops::stop_gradient(result);
  }
  for_each_listener([&](Recording& tape) {
    if (tape.follows(variable)) tape.add_read(variable, version, result);
  });
  return result;
}

Pause::Pause() { ++pauses; }
Pause::~Pause() { --pauses; }

Recording::Recording(bool persistent) : persistent_(persistent), trace_(Trace::current()) {
  open_tapes().push_back(this);
}

Recording::~Recording() { std::erase(open_tapes(), this); }

bool Recording::listens() const {
  return !stopped_ && pauses_ == 0 && pauses == 0 && trace_ == Trace::current();
}

void Recording::restart() {
  clear();
  stopped_ = false;
}

void Recording::clear() {
  records_.clear();
  kept_.clear();
  kept_variables_.clear();
  tracked_.clear();
  aliases_.clear();
  watched_.clear();
  reads_.clear();
  read_of_.clear();
}

Key Recording::canonical(const Tensor& tensor) const {
  const Key key = key_of(tensor);
  const auto at = aliases_.find(key);
  return at == aliases_.end() ? key : at->second;
}

bool Recording::knows(const Tensor& tensor) const { return tracked_.contains(canonical(tensor)); }

bool Recording::any_tracked(const std::vector<Tensor>& tensors) const {
  return std::any_of(tensors.begin(), tensors.end(), [&](const Tensor& t) { return knows(t); });
}

void Recording::watch(const Tensor& tensor) {
  if (tracked_.insert(canonical(tensor)).second) kept_.push_back(tensor);
}

void Recording::watch(const Variable& variable) {
  if (watched_.insert(&variable.body()).second) kept_variables_.push_back(variable);
}

bool Recording::follows(const Variable& variable) const {
  return is_float(variable.dtype()) &&
         (variable.trainable() || watched_.contains(&variable.body()));
}

void Recording::record(const OpDef& op, const Attrs& attrs, const std::vector<Tensor>& inputs,
                       const std::vector<Tensor>& outputs) {
  if (!any_tracked(inputs)) return;
  records_.push_back({&op, attrs, inputs, outputs});
  for (const Tensor& output : outputs) tracked_.insert(key_of(output));
}

void Recording::alias(const Tensor& from, const Tensor& to) {
  if (!knows(from) || key_of(from) == key_of(to)) return;
  aliases_.insert_or_assign(key_of(to), canonical(from));
  kept_.push_back(from);
  kept_.push_back(to);
}

Tensor Recording::known_read(const Variable& variable, const Key& version) const {
  const auto at = reads_.find(&variable.body());
  if (at == reads_.end()) return {};
  for (const Read& read : at->second) {
    if (read.version == version) return read.tensor;
  }
  return {};
}

void Recording::add_read(const Variable& variable, const Key& version, const Tensor& tensor) {
  if (known_read(variable, version).defined()) return;
  kept_variables_.push_back(variable);
  reads_[&variable.body()].push_back({version, tensor});
  read_of_[key_of(tensor)] = &variable.body();
  tracked_.insert(key_of(tensor));
}

Recording::Keys Recording::keys_of_source(const Tensor& source) const {
  const Key key = canonical(source);
  const auto at = read_of_.find(key);
  if (at == read_of_.end()) return {key};
  Keys keys;
  for (const Read& read : reads_.at(at->second)) keys.push_back(key_of(read.tensor));
  return keys;
}

Recording::Keys Recording::keys_of_source(const Variable& source) const {
  Keys keys;
  const auto at = reads_.find(&source.body());
  if (at == reads_.end()) return keys;
  for (const Read& read : at->second) keys.push_back(key_of(read.tensor));
  return keys;
}

// Is one walk back over the records: from the last to the first, so that every use of a value comes
// before the value itself.
class Recording::Walk {
 public:
  Walk(const Recording& tape, const std::vector<Keys>& sources)
      : tape_(tape), count_(tape.records_.size()) {
    for (const Keys& keys : sources) needed_.insert(keys.begin(), keys.end());
    for (size_t i = 0; i < count_; ++i) {
      const Record& record = tape_.records_[i];
      if (!any_needed(record)) continue;
      for (const Tensor& output : record.outputs) needed_.insert(key_of(output));
    }
  }

  void add(const Tensor& value, const Tensor& gradient) {
    const Key key = tape_.canonical(value);
    if (!gradient.defined() || !needed_.contains(key)) return;
    const auto [at, is_new] = gradients_.try_emplace(key, gradient);
    if (!is_new) at->second = at->second + gradient;
  }

  void run() {
    for (size_t i = count_; i-- > 0;) step(tape_.records_[i]);
  }

  Tensor gradient_of(const Keys& keys) const {
    Tensor total;
    for (const Key& key : keys) {
      const auto at = gradients_.find(key);
      if (at == gradients_.end()) continue;
      total = total.defined() ? total + at->second : at->second;
    }
    return total;
  }

 private:
  bool any_needed(const Record& record) const {
    return std::any_of(record.inputs.begin(), record.inputs.end(), [&](const Tensor& input) {
      return needed_.contains(tape_.canonical(input));
    });
  }

  void step(const Record& record) {
    if (!any_needed(record)) return;
    std::vector<Tensor> output_gradients;
    bool flows = false;
    for (const Tensor& output : record.outputs) {
      const auto at = gradients_.find(key_of(output));
      output_gradients.push_back(at == gradients_.end() ? Tensor() : at->second);
      flows = flows || output_gradients.back().defined();
    }
    if (!flows) return;
    if (record.op->gradient == nullptr) {
      through_expansion(record, output_gradients);
      return;
    }
    const std::vector<Tensor> result = record.op->gradient(
        {*record.op, record.attrs, record.inputs, record.outputs, output_gradients});
    require<InternalError>(result.size() == record.inputs.size(), record.op->name,
                           "expected {} gradients, got {}. Report this.", record.inputs.size(),
                           result.size());
    for (size_t i = 0; i < result.size(); ++i) add(record.inputs[i], result[i]);
  }

  // A composite has the gradient of what it stands for. The expansion computes the same values a
  // second time here; common sub-expressions are merged when the graph is compiled.
  void through_expansion(const Record& record, const std::vector<Tensor>& output_gradients) {
    Recording inner(false);
    for (const Tensor& input : record.inputs) {
      if (needed_.contains(tape_.canonical(input))) inner.watch(input);
    }
    const std::vector<Tensor> expanded = record.op->expand(record.inputs, record.attrs);
    inner.stop();
    std::vector<Flow> flows;
    for (size_t i = 0; i < expanded.size(); ++i) {
      if (output_gradients[i].defined()) flows.emplace_back(expanded[i], output_gradients[i]);
    }
    std::vector<Tensor> inputs;  // each once: an op may take a value twice
    std::vector<Keys> keys;
    for (const Tensor& input : record.inputs) {
      const Keys own{key_of(input)};
      if (!inner.knows(input) || std::find(keys.begin(), keys.end(), own) != keys.end()) continue;
      inputs.push_back(input);
      keys.push_back(own);
    }
    const std::vector<Tensor> result = inner.backward(flows, keys);
    for (size_t i = 0; i < result.size(); ++i) add(inputs[i], result[i]);
  }

  const Recording& tape_;
  size_t count_;  // of the records when the walk began: a persistent tape goes on
  std::unordered_set<Key, KeyHash> needed_;
  std::unordered_map<Key, Tensor, KeyHash> gradients_;
};

std::vector<Tensor> Recording::backward(const std::vector<Flow>& targets,
                                        const std::vector<Keys>& sources) {
  Walk walk(*this, sources);
  for (const auto& [target, gradient] : targets) walk.add(target, gradient);
  walk.run();
  std::vector<Tensor> result;
  for (const Keys& keys : sources) result.push_back(walk.gradient_of(keys));
  return result;
}

}  // namespace keratin::taping
