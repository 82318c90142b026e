// SPDX-License-Identifier: Apache-2.0
/// The ops of `keras.ops`, one header per family.
#pragma once

#include "keratin/graph/ops/control.h"
#include "keratin/graph/ops/creation.h"
#include "keratin/graph/ops/elementwise.h"
#include "keratin/graph/ops/indexing.h"
#include "keratin/graph/ops/linalg.h"
#include "keratin/graph/ops/nn.h"
#include "keratin/graph/ops/random.h"
#include "keratin/graph/ops/reduction.h"
#include "keratin/graph/ops/shaping.h"
