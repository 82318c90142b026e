// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>

namespace keratin {

/// Is the base of everything Keratin throws; `what()` is one sentence
/// `<where>: expected <what>, got <what>. <what to do>.`
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Tells that shapes or ranks do not fit together.
class ShapeError : public Error {
 public:
  using Error::Error;
};

/// Tells that an element type cannot be used here.
class DTypeError : public Error {
 public:
  using Error::Error;
};

/// Tells that an argument has a value that is not allowed.
class ValueError : public Error {
 public:
  using Error::Error;
};

/// Tells that a configuration (`from_config`, JSON text) cannot be read.
class ConfigError : public Error {
 public:
  using Error::Error;
};

/// Tells that a file cannot be read or written; the text names the path.
class FileError : public Error {
 public:
  using Error::Error;
};

/// Tells that something is valid in Keras but is not available in this build.
class UnsupportedError : public Error {
 public:
  using Error::Error;
};

/// Tells of a defect in Keratin itself; please report it with its text.
class InternalError : public Error {
 public:
  using Error::Error;
};

}  // namespace keratin
