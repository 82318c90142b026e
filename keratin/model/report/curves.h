// SPDX-License-Identifier: Apache-2.0
// Draws the curves of classifiers; the metrics make their points.
#pragma once

#include <string>

#include "keratin/nn/metrics_practice.h"
#include "keratin/plot/axes.h"

namespace keratin {

/// Returns the area under a ROC curve, by trapezoids: exact, unlike metrics::AUC
/// (sklearn.metrics.roc_auc_score); NaN where all labels are the same.
double area_under(const metrics::ROCPoints& points);

/// Draws a ROC curve. The first curve of the axes also brings titles, ranges and the line of
/// chance. Points that no picture would show apart are left out. The label is for the legend, and
/// the colour is the next one where `options` has none.
void draw_curve(plot::Axes& axes, const metrics::ROCPoints& points,
                const plot::LineOptions& options = {});

/// Draws a precision-recall curve in steps, of which metrics::average_precision is the area.
void draw_curve(plot::Axes& axes, const metrics::PrecisionRecallPoints& points,
                const plot::LineOptions& options = {});

/// Draws how often predictions of a confidence are right, after updates of a
/// metrics::CalibrationError, over the share of the rows that have it.
void draw_reliability(plot::Axes& axes, const Metric& calibration_error);

}  // namespace keratin
