// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keratin/base/config.h"

namespace keratin {

/// Returns the config of an object with the registered name of its class where that is one of the
/// user. A class that is not registered keeps the name that it had in the file that was read last
/// with it in `custom_objects`.
Config with_registered_name(Config object);

}  // namespace keratin
