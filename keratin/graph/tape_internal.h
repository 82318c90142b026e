// SPDX-License-Identifier: Apache-2.0
// What a tape holds, and what ops and variables tell the tapes that are open.
#pragma once

#include <deque>
#include <functional>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "keratin/graph/op.h"
#include "keratin/graph/variable.h"

namespace keratin {

class Trace;

namespace taping {

/// Tells one value from others: a value of a graph, or the data of a concrete tensor.
struct Key {
  const void* owner = nullptr;
  uint64_t id = 0;
  bool operator==(const Key&) const = default;
};

struct KeyHash {
  size_t operator()(const Key& key) const {
    return std::hash<const void*>()(key.owner) ^ (std::hash<uint64_t>()(key.id) * 31);
  }
};

Key key_of(const Tensor& tensor);

/// Tells whether a tape of the present trace, or of no trace, records on this thread.
bool recording();

/// Tells the open tapes of a call that has been computed.
void record(const OpDef& op, const Attrs& attrs, const std::vector<Tensor>& inputs,
            const std::vector<Tensor>& outputs);

/// Tells them that a handle means the same value as another.
void alias(const Tensor& from, const Tensor& to);

/// Returns the tensor that stands for the present value of a variable, the same until it is
/// assigned, and tells the tapes of it; `present` makes one.
Tensor read(const Variable& variable, const std::function<Tensor()>& present);

/// Keeps all tapes from recording while it lives.
class Pause {
 public:
  Pause();
  ~Pause();
  Pause(const Pause&) = delete;
  Pause& operator=(const Pause&) = delete;
};

/// Is what one tape has seen. While it lives it is one of the tapes of its thread.
class Recording {
 public:
  explicit Recording(bool persistent);
  ~Recording();
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  bool persistent() const { return persistent_; }
  /// Tells whether it takes up what happens now: it has not been stopped, and belongs to the
  /// present trace.
  bool listens() const;
  const Trace* trace() const { return trace_; }
  bool stopped() const { return stopped_; }
  void stop() { stopped_ = true; }
  /// Keeps it from taking anything up until it is resumed as often.
  void pause() { ++pauses_; }
  void resume() { --pauses_; }
  /// Begins anew, with nothing recorded or watched.
  void restart();
  void clear();

  void watch(const Tensor& tensor);
  void watch(const Variable& variable);
  void record(const OpDef& op, const Attrs& attrs, const std::vector<Tensor>& inputs,
              const std::vector<Tensor>& outputs);
  void alias(const Tensor& from, const Tensor& to);
  /// Returns the tensor by which this value of the variable was read before; empty when it was not.
  Tensor known_read(const Variable& variable, const Key& version) const;
  void add_read(const Variable& variable, const Key& version, const Tensor& tensor);
  bool follows(const Variable& variable) const;
  bool knows(const Tensor& tensor) const;

  using Keys = std::vector<Key>;
  /// Returns what stands for a source: the value, or all reads of the variable that it was read of.
  Keys keys_of_source(const Tensor& source) const;
  Keys keys_of_source(const Variable& source) const;

  using Flow = std::pair<Tensor, Tensor>;  // a value and its gradient
  /// Walks back from the targets; returns one gradient for each source, empty where nothing flows.
  std::vector<Tensor> backward(const std::vector<Flow>& targets, const std::vector<Keys>& sources);

 private:
  struct Record {
    const OpDef* op;
    Attrs attrs;
    std::vector<Tensor> inputs, outputs;
  };
  struct Read {
    Key version;
    Tensor tensor;
  };
  class Walk;
  Key canonical(const Tensor& tensor) const;
  bool any_tracked(const std::vector<Tensor>& tensors) const;

  bool persistent_;
  bool stopped_ = false;
  int pauses_ = 0;
  Trace* trace_;
  std::deque<Record> records_;  // which a walk reads while it is added to
  std::unordered_set<Key, KeyHash> tracked_;
  std::unordered_map<Key, Key, KeyHash> aliases_;
  std::unordered_set<const VariableBody*> watched_;
  std::unordered_map<const VariableBody*, std::vector<Read>> reads_;
  std::unordered_map<Key, const VariableBody*, KeyHash> read_of_;
  // Whose addresses are keys.
  std::vector<Tensor> kept_;
  std::vector<Variable> kept_variables_;
};

}  // namespace taping

}  // namespace keratin
