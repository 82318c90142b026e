// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/callbacks/remote_monitor.h"

#include <algorithm>
#include <cmath>

#include "keratin/base/error.h"
#include "keratin/base/text.h"
#include "keratin/io/http.h"
#include "keratin/model/callbacks/message_internal.h"

namespace keratin {

namespace callbacks {

namespace {

// The user's headers come before the type of the body, which they may replace.
std::vector<HttpHeader> headers_with(const OptionalHeaders& own, const std::string& type) {
  std::vector<HttpHeader> headers;
  bool has_type = false;
  for (const auto& [name, value] : own.value_or(Headers())) {
    headers.emplace_back(name, value);
    has_type = has_type || text::lower(name) == "content-type";
  }
  if (!has_type) headers.emplace_back("Content-Type", type);
  return headers;
}

}  // namespace

RemoteMonitor::RemoteMonitor(RemoteMonitorOptions options) : options_(std::move(options)) {}

void RemoteMonitor::on_epoch_end(int64_t epoch, Logs& logs) {
  Config values = Config::dict({{"epoch", epoch}});
  for (const auto& [name, value] : logs) values.set(name, value);
  const std::string json = to_json(values);
  const bool is_finite =
      std::all_of(logs.begin(), logs.end(), [](const auto& x) { return std::isfinite(x.second); });
  try {
    // A body of JSON cannot say NaN or Infinity, and Keras does not send it then.
    if (options_.send_as_json && !is_finite) throw FileError("not JSON");
    if (options_.send_as_json) {
      http_post(options_.root + options_.path, json,
                headers_with(options_.headers, "application/json"));
    } else {
      http_post(options_.root + options_.path,
                form_encoded(options_.field) + "=" + form_encoded(json),
                headers_with(options_.headers, "application/x-www-form-urlencoded"));
    }
  } catch (const FileError&) {
    warn("Could not reach RemoteMonitor root server at {}", options_.root);
  }
}

}  // namespace callbacks

Config Codec<callbacks::Headers>::write(const callbacks::Headers& value) {
  Config result = Config::dict();
  for (const auto& [name, text] : value) result.set(name, text);
  return result;
}

callbacks::Headers Codec<callbacks::Headers>::read(const Config& config) {
  callbacks::Headers headers;
  for (const auto& [name, text] : config.as_dict()) headers[name] = text.as_string();
  return headers;
}

}  // namespace keratin
