// SPDX-License-Identifier: Apache-2.0
#include "keratin/runtime/host_guard.h"

#include <cstdlib>
#include <string_view>

#include "keratin/runtime/onednn/onednn.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace keratin::runtime {

namespace {

bool keeps_denormals() {
  static const bool keeps = [] {
    const char* value = std::getenv("KERATIN_DENORMALS");
    return value != nullptr && std::string_view(value) == "keep";
  }();
  return keeps;
}

}  // namespace

HostGuard::HostGuard() : threads_(onednn::use_one_thread()) {
#if defined(__x86_64__)
  // Rounding to nearest and no traps, whatever the host has set.
  constexpr uint32_t usual = 0x1f80;
  constexpr uint32_t flush_to_zero = 0x8000;
  constexpr uint32_t denormals_are_zero = 0x0040;
  control_ = _mm_getcsr();
  _mm_setcsr(keeps_denormals() ? usual : usual | flush_to_zero | denormals_are_zero);
#endif
}

HostGuard::~HostGuard() {
#if defined(__x86_64__)
  _mm_setcsr(control_);
#endif
  onednn::restore_threads(threads_);
}

}  // namespace keratin::runtime
