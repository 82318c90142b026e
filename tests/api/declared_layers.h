// SPDX-License-Identifier: Apache-2.0
// Layers that the book's programs use and that later issues bring: their form is frozen here, and
// there are no definitions.
#pragma once

#include <keratin/keratin.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace keratin {

/// Stands first in an options struct whose constructor has an overload with a size in braces: it
/// cannot be written, so `{2, 2}` is a size and never the first two options.
class KeywordsOnly {
 public:
  KeywordsOnly() = default;
  KeywordsOnly(const KeywordsOnly&) = default;
};
#define KERATIN_KEYWORDS_ONLY [[no_unique_address]] ::keratin::KeywordsOnly keywords_only = {}

/// Is a size along two axes: `3` or `{3, 5}`. The pair is no initializer list, which g++ would also
/// build from a designated one.
struct Size2D {
  int64_t height, width;
  Size2D(int64_t both) : height(both), width(both) {}
  Size2D(int64_t rows, int64_t columns) : height(rows), width(columns) {}
};

/// Stands for the element type of texts, `DType::string`.
inline constexpr DType string_dtype = static_cast<DType>(dtype_count);

namespace layers {

using OptionalInt = std::optional<int64_t>;
using OptionalSize2D = std::optional<Size2D>;
using OptionalText = std::optional<std::string>;

#define KERATIN_CONV_FIELDS(Size)                                                           \
  KERATIN_FIELD_AT(10, int64_t, filters, "Size of the channel axis of the output.") = 0;    \
  KERATIN_FIELD_AT(11, Size, kernel_size, "Size of the window.") = 1;                       \
  KERATIN_FIELD_AT(12, Size, strides, "Steps of the window.") = 1;                          \
  KERATIN_FIELD_AT(13, std::string, padding, "valid, same or causal.") = "valid";           \
  KERATIN_FIELD_AT(14, OptionalText, data_format, "channels_last or channels_first.") = {}; \
  KERATIN_FIELD_AT(15, Size, dilation_rate, "Distance of the window's elements.") = 1;      \
  KERATIN_FIELD_AT(16, int64_t, groups, "Groups of channels.") = 1;                         \
  KERATIN_FIELD_AT(17, keratin::Activation, activation, "Applied to the output.") = {};     \
  KERATIN_FIELD_AT(18, bool, use_bias, "Whether a bias is added.") = true;                  \
  KERATIN_FIELD_AT(19, Initializer, kernel_initializer, "How the kernel starts.") =         \
      "glorot_uniform";                                                                     \
  KERATIN_FIELD_AT(20, Initializer, bias_initializer, "How the bias starts.") = "zeros";    \
  KERATIN_FIELD_AT(21, Regularizer, kernel_regularizer, "Adds a loss for the kernel.") = {}

struct Conv1DOptions {
  KERATIN_OPTIONS(Conv1DOptions);
  KERATIN_KEYWORDS_ONLY;
  KERATIN_CONV_FIELDS(int64_t);
  KERATIN_LAYER_FIELDS;
};
struct Conv2DOptions {
  KERATIN_OPTIONS(Conv2DOptions);
  KERATIN_KEYWORDS_ONLY;
  KERATIN_CONV_FIELDS(Size2D);
  KERATIN_LAYER_FIELDS;
};
using Conv2DTransposeOptions = Conv2DOptions;
using SeparableConv2DOptions = Conv2DOptions;

#define KERATIN_CONV(Name, Size)                                                  \
  class Name : public TensorLayer {                                               \
   public:                                                                        \
    explicit Name(int64_t filters, Size kernel_size, Name##Options options = {}); \
    explicit Name(Name##Options options);                                         \
  }
KERATIN_CONV(Conv1D, int64_t);
KERATIN_CONV(Conv2D, Size2D);
KERATIN_CONV(Conv2DTranspose, Size2D);
KERATIN_CONV(SeparableConv2D, Size2D);

struct Pooling1DOptions {
  KERATIN_OPTIONS(Pooling1DOptions);
  KERATIN_KEYWORDS_ONLY;
  KERATIN_FIELD(int64_t, pool_size, "Size of the window.") = 2;
  KERATIN_FIELD(OptionalInt, strides, "Steps of the window; its size when empty.") = {};
  KERATIN_FIELD(std::string, padding, "valid or same.") = "valid";
  KERATIN_LAYER_FIELDS;
};
struct Pooling2DOptions {
  KERATIN_OPTIONS(Pooling2DOptions);
  KERATIN_KEYWORDS_ONLY;
  KERATIN_FIELD(Size2D, pool_size, "Size of the window.") = 2;
  KERATIN_FIELD(OptionalSize2D, strides, "Steps of the window; its size when empty.") = {};
  KERATIN_FIELD(std::string, padding, "valid or same.") = "valid";
  KERATIN_LAYER_FIELDS;
};
#define KERATIN_POOLING(Name, Size, Options)                 \
  class Name : public TensorLayer {                          \
   public:                                                   \
    explicit Name(Size pool_size = 2, Options options = {}); \
    explicit Name(Options options);                          \
  }
KERATIN_POOLING(MaxPooling1D, int64_t, Pooling1DOptions);
KERATIN_POOLING(MaxPooling2D, Size2D, Pooling2DOptions);
KERATIN_POOLING(AveragePooling2D, Size2D, Pooling2DOptions);

struct GlobalPoolingOptions {
  KERATIN_OPTIONS(GlobalPoolingOptions);
  KERATIN_FIELD(bool, keepdims, "Keep the pooled axes with size 1.") = false;
  KERATIN_LAYER_FIELDS;
};
#define KERATIN_GLOBAL_POOLING(Name)                  \
  class Name : public TensorLayer {                   \
   public:                                            \
    explicit Name(GlobalPoolingOptions options = {}); \
  }
KERATIN_GLOBAL_POOLING(GlobalMaxPooling1D);
KERATIN_GLOBAL_POOLING(GlobalAveragePooling1D);
KERATIN_GLOBAL_POOLING(GlobalAveragePooling2D);

struct UpSampling2DOptions {
  KERATIN_OPTIONS(UpSampling2DOptions);
  KERATIN_KEYWORDS_ONLY;
  KERATIN_FIELD(Size2D, size, "How often each row and column comes.") = 2;
  KERATIN_FIELD(std::string, interpolation, "nearest, bilinear, bicubic.") = "nearest";
  KERATIN_LAYER_FIELDS;
};
class UpSampling2D : public TensorLayer {
 public:
  explicit UpSampling2D(Size2D size = 2, UpSampling2DOptions options = {});
  explicit UpSampling2D(UpSampling2DOptions options);
};

struct RecurrentOptions {
  KERATIN_OPTIONS(RecurrentOptions);
  KERATIN_FIELD(int64_t, units, "Size of the state and the output.") = 0;
  KERATIN_FIELD(keratin::Activation, activation, "Of the output.") = "tanh";
  KERATIN_FIELD(keratin::Activation, recurrent_activation, "Of the gates.") = "sigmoid";
  KERATIN_FIELD(double, dropout, "Share of the inputs that is dropped.") = 0.0;
  KERATIN_FIELD(double, recurrent_dropout, "Share of the state that is dropped.") = 0.0;
  KERATIN_FIELD(bool, return_sequences, "Whether all steps come out.") = false;
  KERATIN_FIELD(bool, return_state, "Whether the last state comes out too.") = false;
  KERATIN_FIELD(bool, go_backwards, "Whether the last step comes first.") = false;
  KERATIN_FIELD(bool, stateful, "Whether a batch starts where the last one ended.") = false;
  KERATIN_FIELD(bool, unroll, "Whether steps are written out in the plan.") = false;
  KERATIN_LAYER_FIELDS;
};
/// Are the arguments of a recurrent layer's call.
struct RecurrentArgs {
  std::optional<bool> training = std::nullopt;
  Nest mask = {};
  Nest initial_state = {};
};
/// Gives a tensor, or with `return_state` a list: output, states.
class Recurrent : public Layer {
 public:
  Nest operator()(const Nest& inputs, const RecurrentArgs& args = {}) const;
  void reset_state() const;
};
#define KERATIN_RECURRENT(Name)                                  \
  class Name : public Recurrent {                                \
   public:                                                       \
    explicit Name(int64_t units, RecurrentOptions options = {}); \
    explicit Name(RecurrentOptions options);                     \
  }
KERATIN_RECURRENT(SimpleRNN);
KERATIN_RECURRENT(LSTM);
KERATIN_RECURRENT(GRU);

struct BidirectionalOptions {
  KERATIN_OPTIONS(BidirectionalOptions);
  KERATIN_FIELD(OptionalText, merge_mode, "sum, mul, concat, ave; empty for a list.") = "concat";
  KERATIN_LAYER_FIELDS;
};
class Bidirectional : public Recurrent {
 public:
  explicit Bidirectional(const Layer& layer, BidirectionalOptions options = {});
};

struct MultiHeadAttentionOptions {
  KERATIN_OPTIONS(MultiHeadAttentionOptions);
  KERATIN_FIELD(int64_t, num_heads, "Number of heads.") = 1;
  KERATIN_FIELD(int64_t, key_dim, "Size of a head's query and key.") = 1;
  KERATIN_FIELD(OptionalInt, value_dim, "Size of a head's value; key_dim when empty.") = {};
  KERATIN_FIELD(double, dropout, "Share of the scores that is dropped.") = 0.0;
  KERATIN_FIELD(bool, use_bias, "Whether biases are added.") = true;
  KERATIN_LAYER_FIELDS;
};
/// Are the arguments of an attention layer's call besides query and value.
struct AttentionArgs {
  Tensor key = {};
  Tensor attention_mask = {};
  std::optional<bool> training = std::nullopt;
  bool use_causal_mask = false;
};
class MultiHeadAttention : public TensorLayer {
 public:
  explicit MultiHeadAttention(int64_t num_heads, int64_t key_dim,
                              MultiHeadAttentionOptions options = {});
  explicit MultiHeadAttention(MultiHeadAttentionOptions options);
  Tensor operator()(const Nest& query, const Nest& value, const AttentionArgs& args = {}) const;
  /// Is the call with `return_attention_scores`: gives [output, scores].
  Nest with_scores(const Nest& query, const Nest& value, const AttentionArgs& args = {}) const;
};

}  // namespace layers

}  // namespace keratin
