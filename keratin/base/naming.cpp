// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/naming.h"

#include <map>
#include <mutex>

#include "keratin/base/text.h"

namespace keratin {

namespace {

struct Names {
  std::mutex mutex;
  std::map<std::string, int, std::less<>> next;
};

Names& names() {
  static Names instance;
  return instance;
}

}  // namespace

std::string unique_name(std::string_view prefix) {
  Names& all = names();
  const std::lock_guard lock(all.mutex);
  const int count = all.next[std::string(prefix)]++;
  return count == 0 ? std::string(prefix) : std::string(prefix) + "_" + std::to_string(count);
}

std::string auto_name(std::string_view class_name) {
  return unique_name(text::snake_case(class_name));
}

void reset_names() {
  Names& all = names();
  const std::lock_guard lock(all.mutex);
  all.next.clear();
}

}  // namespace keratin
