// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>

#include "keratin/base/codec.h"
#include "keratin/base/fields.h"
#include "keratin/model/callbacks/callback.h"

namespace keratin {

namespace callbacks {

using Headers = std::map<std::string, std::string>;
using OptionalHeaders = std::optional<Headers>;

struct RemoteMonitorOptions {
  KERATIN_OPTIONS(RemoteMonitorOptions);
  KERATIN_FIELD(std::string, root, "Address of the server.") = "http://localhost:9000";
  KERATIN_FIELD(std::string, path, "Is put behind it.") = "/publish/epoch/end/";
  KERATIN_FIELD(std::string, field, "Field of the form that holds the JSON text.") = "data";
  KERATIN_FIELD(OptionalHeaders, headers, "Further headers of the request.") = {};
  KERATIN_FIELD(bool, send_as_json, "Whether the body is JSON instead of a form.") = false;
};

/// Posts the values of each epoch to a server, as JSON (keras.io/api/callbacks/remote_monitor). A
/// server that does not answer is told on stderr, and training goes on.
class RemoteMonitor : public Callback {
 public:
  explicit RemoteMonitor(RemoteMonitorOptions options = {});
  void on_epoch_end(int64_t epoch, Logs& logs) override;

 private:
  RemoteMonitorOptions options_;
};

}  // namespace callbacks

template <>
struct Codec<callbacks::Headers> {
  static Config write(const callbacks::Headers& value);
  static callbacks::Headers read(const Config& config);
  static std::string type_name() { return "dict of str"; }
};

}  // namespace keratin
