// SPDX-License-Identifier: Apache-2.0
// What training in half precision needs, under the names of keras.mixed_precision.
#pragma once

#include "keratin/nn/dtype_policy.h"
#include "keratin/nn/optimizers.h"

namespace keratin::mixed_precision {

using keratin::DTypePolicy;
using keratin::config::dtype_policy;
using keratin::config::set_dtype_policy;
using keratin::optimizers::LossScaleOptimizer;
using Policy = DTypePolicy;

/// Sets the policy of layers that are made from now on without one: `config::set_dtype_policy`
/// (keras.io/api/mixed_precision/policy).
inline void set_global_policy(const DTypePolicy& policy) { set_dtype_policy(policy); }
inline DTypePolicy global_policy() { return dtype_policy(); }

}  // namespace keratin::mixed_precision
