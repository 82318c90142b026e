// SPDX-License-Identifier: Apache-2.0
/// Keras in C++: everything a program needs.
#pragma once

#include "keratin/base/error.h"
#include "keratin/data/dataset.h"
#include "keratin/data/datasets.h"
#include "keratin/data/py_dataset.h"
#include "keratin/data/timeseries.h"
#include "keratin/data/utils.h"
#include "keratin/graph/autodiff.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/io/npy.h"
#include "keratin/io/npz.h"
#include "keratin/model/callbacks/early_stopping.h"
#include "keratin/model/cloning.h"
#include "keratin/model/custom_model.h"
#include "keratin/model/model.h"
#include "keratin/nn/activation.h"
#include "keratin/nn/custom_layer.h"
#include "keratin/nn/layers/layers.h"
#include "keratin/nn/losses.h"
#include "keratin/nn/metrics.h"
#include "keratin/nn/optimizers.h"
