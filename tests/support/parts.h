// SPDX-License-Identifier: Apache-2.0
// Runs the parts of a call that threads share, and compares them with the whole.
#pragma once

#include <vector>

#include "keratin/graph/op.h"
#include "keratin/runtime/partition.h"

namespace keratin::testing_support {

/// Returns how threads share a call of an op on these inputs. Expects, for 1, 2, 3 and 5 threads,
/// that their parts are the whole to the bit; that each writes its own rows (columns) and nothing
/// else; and that it does so when all other rows (columns) of inputs that are `own` hold rubbish.
runtime::Split check_parts(const OpDef& op, const Attrs& attrs, const std::vector<Tensor>& inputs);

}  // namespace keratin::testing_support
