// SPDX-License-Identifier: Apache-2.0
#include "tests/support/local_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace keratin::testing_support {

LocalServer::LocalServer(std::string answer, int requests) : answer_(std::move(answer)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  auto* general = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(::bind(listener_, general, length), 0);
  EXPECT_EQ(::listen(listener_, 4), 0);
  EXPECT_EQ(::getsockname(listener_, general, &length), 0);
  root_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  thread_ = std::thread([this, requests] {
    for (int i = 0; i < requests; ++i) serve();
  });
}

void LocalServer::stop() {
  if (!thread_.joinable()) return;
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
}

void LocalServer::serve() {
  const int connection = ::accept(listener_, nullptr, nullptr);
  if (connection < 0) return;
  std::string request;
  char piece[512];
  size_t end = std::string::npos;
  size_t size = 0;
  while (end == std::string::npos || request.size() < end + 4 + size) {
    const ssize_t count = ::recv(connection, piece, sizeof(piece), 0);
    if (count <= 0) break;
    request.append(piece, static_cast<size_t>(count));
    end = request.find("\r\n\r\n");
    const size_t length = request.find("Content-Length: ");
    if (length != std::string::npos) size = std::stoul(request.substr(length + 16));
  }
  heads.push_back(request.substr(0, end));
  bodies.push_back(end == std::string::npos ? "" : request.substr(end + 4));
  ::send(connection, answer_.data(), answer_.size(), MSG_NOSIGNAL);
  ::shutdown(connection, SHUT_WR);
  while (::recv(connection, piece, sizeof(piece), 0) > 0) {
  }
  ::close(connection);
}

}  // namespace keratin::testing_support
