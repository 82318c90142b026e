// SPDX-License-Identifier: Apache-2.0
// How operations on data are run, one by one.
#pragma once

namespace keratin::runtime {

/// While one lives, operations on data of its thread run the reference kernels alone: those that
/// the fast ones are tested against.
class ReferenceScope {
 public:
  ReferenceScope();
  ~ReferenceScope();
  ReferenceScope(const ReferenceScope&) = delete;
  ReferenceScope& operator=(const ReferenceScope&) = delete;

 private:
  bool before_;
};

}  // namespace keratin::runtime
