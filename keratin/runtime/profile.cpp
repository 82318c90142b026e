// SPDX-License-Identifier: Apache-2.0
#include "keratin/runtime/profile.h"

#include <fmt/format.h>

#include <cstdlib>

#include "keratin/base/config.h"
#include "keratin/base/error.h"
#include "keratin/base/file.h"

namespace keratin::runtime {

namespace {

constexpr size_t most_events = 400000;  // of a thread; the first ones are kept

double microseconds(Profile::Clock::duration time) {
  return std::chrono::duration<double, std::micro>(time).count();
}

}  // namespace

Profile* Profile::wanted() {
  // Lives on when static objects have gone: a plan may run until the process ends.
  static Profile* const profile = []() -> Profile* {
    const char* path = std::getenv("KERATIN_PROFILE");
    if (path == nullptr || *path == '\0') return nullptr;
    std::atexit([] {
      try {
        wanted()->write();
      } catch (const Error& error) {
        fmt::print(stderr, "KERATIN_PROFILE: {}\n", error.what());
      }
    });
    return new Profile(path);
  }();
  return profile;
}

Profile::Lane& Profile::lane() {
  static thread_local std::pair<const Profile*, Lane*> own{};
  if (own.first != this) {
    const std::lock_guard lock(mutex_);
    lanes_.push_back(std::make_unique<Lane>());
    own = {this, lanes_.back().get()};
  }
  return *own.second;
}

void Profile::record(const Steps& steps, size_t step, What what, int thread,
                     Clock::time_point begin, Clock::time_point end) {
  Lane& to = lane();
  const std::lock_guard lock(to.mutex);
  if (to.events.size() < most_events) {
    to.events.push_back({steps, static_cast<uint32_t>(step), what, thread, begin, end});
  } else {
    ++to.dropped;
  }
}

void Profile::write() const {
  AtomicFile file(path_);
  const auto put = [&](std::string_view text) { file.write(bytes_of(text)); };
  put("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n");
  const std::lock_guard lock(mutex_);
  int64_t dropped = 0;
  std::string text;
  const char* separator = "";
  for (size_t t = 0; t < lanes_.size(); ++t) {
    const std::lock_guard lane_lock(lanes_[t]->mutex);
    dropped += lanes_[t]->dropped;
    for (const Event& event : lanes_[t]->events) {
      const StepInfo& info = (*event.steps)[event.step];
      text += fmt::format("{}{{\"ph\":\"X\",\"pid\":1,\"tid\":{},\"ts\":{:.3f},\"dur\":{:.3f},",
                          separator, t, microseconds(event.begin - start_),
                          microseconds(event.end - event.begin));
      if (event.what == What::waits) {
        text += "\"name\":\"wait\"}";
      } else {
        text += fmt::format(
            "\"name\":{},\"args\":{{\"operands\":{},\"step\":{},\"slice\":{},\"shared\":{},"
            "\"flop\":{:.0f},\"bytes\":{:.0f}}}}}",
            to_json(info.name), to_json(info.operands), event.step, event.thread, info.shared,
            info.flop, info.bytes);
      }
      separator = ",\n";
      if (text.size() > 1 << 16) {
        put(text);
        text.clear();
      }
    }
  }
  put(text);
  put(fmt::format("\n],\"otherData\":{{\"dropped\":\"{}\"}}}}\n", dropped));
  file.commit();
}

}  // namespace keratin::runtime
