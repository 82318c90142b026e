// SPDX-License-Identifier: Apache-2.0
// A web server on 127.0.0.1 within a test.
#pragma once

#include <string>
#include <thread>
#include <vector>

namespace keratin::testing_support {

/// Takes requests one after the other, and gives each the same answer.
class LocalServer {
 public:
  /// Answers so many requests with `answer`: the bytes of a whole HTTP response, or of a wrong one.
  explicit LocalServer(std::string answer, int requests = 1);
  LocalServer(const LocalServer&) = delete;
  LocalServer& operator=(const LocalServer&) = delete;
  ~LocalServer() { stop(); }

  /// Returns "http://127.0.0.1:" and the port.
  const std::string& root() const { return root_; }
  /// Waits for the request that is being served; nobody answers afterwards.
  void stop();

  /// Are what clients sent; to be read after `stop`.
  std::vector<std::string> heads, bodies;

 private:
  void serve();

  std::string answer_;
  std::string root_;
  int listener_ = -1;
  std::thread thread_;
};

}  // namespace keratin::testing_support
