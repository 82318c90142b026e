// SPDX-License-Identifier: Apache-2.0
// Whether results may depend on the number of threads.
#pragma once

namespace keratin::config {

/// Makes plans that are made from now on give the same bits on any number of threads, which one
/// thread alone otherwise does not: it leaves large products to oneDNN, whose sums run in another
/// order. Costs up to a tenth of such a product's time. KERATIN_DETERMINISTIC=1 does the same for
/// a whole process; one of the documented globals.
void enable_op_determinism(bool enabled = true);

/// Tells whether it was enabled.
bool is_op_determinism_enabled();

}  // namespace keratin::config
