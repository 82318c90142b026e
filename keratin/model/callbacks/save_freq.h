// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>

#include "keratin/base/codec.h"

namespace keratin {

namespace callbacks {

/// Says when a callback saves: after each "epoch", or after a number of batches.
class SaveFreq {
 public:
  /// Throws ValueError for another text than "epoch".
  SaveFreq(const char* text);
  /// Throws ValueError for a number below 1.
  template <std::integral T>
  requires(!std::same_as<T, bool>) SaveFreq(T batches) : SaveFreq(Count{batches}) {}

  bool is_epoch() const { return batches_ == 0; }
  /// Returns the number of batches; 0 for "epoch".
  int64_t batches() const { return batches_; }

 private:
  struct Count {
    int64_t batches;
  };
  SaveFreq(Count count);
  int64_t batches_ = 0;
};

/// Counts batches until it is time to save.
class BatchCounter {
 public:
  /// Tells whether to save after batch `batch` of its epoch, from 0.
  bool is_due(int64_t batch, const SaveFreq& freq);
  Config get_state() const;
  void set_state(const Config& state);

 private:
  int64_t seen_since_saving_ = 0;
  int64_t last_seen_ = -1;
};

}  // namespace callbacks

template <>
struct Codec<callbacks::SaveFreq> {
  static Config write(const callbacks::SaveFreq& value);
  static callbacks::SaveFreq read(const Config& config);
  static std::string type_name() { return "\"epoch\" or int"; }
};

}  // namespace keratin
