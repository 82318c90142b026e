// SPDX-License-Identifier: Apache-2.0
/// The layers of `keras.layers`, one header per family.
#pragma once

#include "keratin/nn/layers/activations.h"
#include "keratin/nn/layers/core.h"
#include "keratin/nn/layers/lambda.h"
#include "keratin/nn/layers/merging.h"
#include "keratin/nn/layers/normalization.h"
#include "keratin/nn/layers/preprocessing.h"
#include "keratin/nn/layers/regularization.h"
#include "keratin/nn/layers/reshaping.h"
#include "keratin/nn/layers/wrappers.h"
