// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace keratin::text {

/// Returns the texts with `separator` between them.
std::string join(const std::vector<std::string>& parts, std::string_view separator);

/// Returns `text` cut at every `separator`; an empty text gives one empty part.
std::vector<std::string> split(std::string_view text, char separator);

/// Returns `text` in lower case (ASCII).
std::string lower(std::string_view text);

/// Returns a class name in snake case as Keras' automatic names have it:
/// `BatchNormalization` -> `batch_normalization`, `Conv2DTranspose` -> `conv2d_transpose`.
std::string snake_case(std::string_view class_name);
/// Returns the class of a name in snake case: `log_softmax` -> `LogSoftmax`.
std::string pascal_case(std::string_view name);

/// Returns the shortest text that reads back as the same double, spelled as Python spells it
/// (`1.0`, `1e-07`, `nan`).
std::string number(double value);

/// Returns `1,234,567` for 1234567.
std::string with_commas(long long value);

/// Returns " Did you mean 'adam'?" for the nearest candidate, or an empty text when none is near.
std::string did_you_mean(std::string_view text, const std::vector<std::string>& candidates);

/// Returns that, or " Use one of them." when no candidate is near and the text has listed them.
std::string choice(std::string_view text, const std::vector<std::string>& candidates);

/// Returns " Use one of adam, sgd." when no candidate is near and the text has not listed them; of
/// many the first ones.
std::string choice_of(std::string_view text, const std::vector<std::string>& candidates);

}  // namespace keratin::text
