// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/callbacks/save_freq.h"

#include "keratin/base/check.h"

namespace keratin {

namespace callbacks {

SaveFreq::SaveFreq(const char* text) {
  const std::string_view given = text == nullptr ? "nullptr" : text;
  require<ValueError>(given == "epoch", "save_freq",
                      "expected \"epoch\" or a number of batches, got '{}'. Check the spelling.",
                      given);
}

SaveFreq::SaveFreq(Count count) : batches_(count.batches) {
  require<ValueError>(batches_ > 0, "save_freq",
                      "expected \"epoch\" or a positive number of batches, got {}. Use \"epoch\".",
                      batches_);
}

bool BatchCounter::is_due(int64_t batch, const SaveFreq& freq) {
  if (freq.is_epoch()) return false;
  // A smaller number than the last one is that of a new epoch.
  seen_since_saving_ += batch <= last_seen_ ? batch + 1 : batch - last_seen_;
  last_seen_ = batch;
  if (seen_since_saving_ < freq.batches()) return false;
  seen_since_saving_ = 0;
  return true;
}

Config BatchCounter::get_state() const {
  return Config::dict({{"seen_since_saving", seen_since_saving_}, {"last_seen", last_seen_}});
}

void BatchCounter::set_state(const Config& state) {
  seen_since_saving_ = state.at("seen_since_saving").as_int();
  last_seen_ = state.at("last_seen").as_int();
}

}  // namespace callbacks

Config Codec<callbacks::SaveFreq>::write(const callbacks::SaveFreq& value) {
  return value.is_epoch() ? Config("epoch") : Config(value.batches());
}

callbacks::SaveFreq Codec<callbacks::SaveFreq>::read(const Config& config) {
  if (config.is_string()) return config.as_string().c_str();
  return config.as_int();
}

}  // namespace keratin
