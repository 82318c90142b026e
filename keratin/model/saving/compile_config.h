// SPDX-License-Identifier: Apache-2.0
// The arguments of compile as files hold them.
#pragma once

#include "keratin/model/train/options.h"

namespace keratin {

/// Returns the arguments of compile as Keras' `get_compile_config` does. Throws ConfigError for
/// functions without a name.
Config compile_config(const CompileOptions& options);

/// Returns the arguments of compile that such a dict holds; throws ConfigError, ValueError,
/// UnsupportedError for what it does not know.
CompileOptions compile_options_from(const Config& config);

}  // namespace keratin
