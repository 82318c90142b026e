// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <vector>

#include "keratin/graph/nest.h"

namespace keratin {

namespace taping {
class Recording;
}

/// Are the arguments of `GradientTape::gradient` besides target and sources.
struct GradientOptions {
  /// Is the gradient of the target itself, of its shape; ones when empty.
  Tensor output_gradients = {};
  /// Says what stands for a gradient where the target does not depend on the source: "none" (an
  /// empty handle, which optimizers leave out) or "zero".
  std::string unconnected_gradients = "none";
};

/// Are the arguments of `GradientTape::jacobian` and `batch_jacobian` besides target and sources.
struct JacobianOptions {
  /// As in GradientOptions.
  std::string unconnected_gradients = "none";
};

/// Records what is computed while it lives, so that gradients can be taken of it: on data, and on
/// traced tensors inside keratin::function and `train_step`. Trainable variables are watched, other
/// tensors and variables after `watch`; tapes nest, and gradients of gradients follow. It belongs
/// to its thread. A tape that is not persistent stops at its first gradient or jacobian
/// (tensorflow.org/api_docs/python/tf/GradientTape).
class GradientTape {
 public:
  explicit GradientTape(bool persistent = false);
  ~GradientTape();
  GradientTape(const GradientTape&) = delete;
  GradientTape& operator=(const GradientTape&) = delete;

  /// Follows a tensor from here on. Throws DTypeError for one that is no float, ValueError after
  /// the gradient of a tape that is not persistent.
  void watch(const Tensor& tensor);
  void watch(const Variable& variable);
  void watch(const std::vector<Tensor>& tensors);

  /// Returns the gradient of the sum of `target` with respect to one tensor or variable, of its
  /// shape; of a variable, that of all its reads. Throws ValueError for a target that does not
  /// depend on anything watched, a tensor that the tape has not met, and for a second call of a
  /// tape that is not persistent; DTypeError for what is no float.
  template <class T>
  requires(std::same_as<T, Tensor> || std::same_as<T, Variable> || std::same_as<T, Nest>) Tensor
      gradient(const Tensor& target, const T& source, const GradientOptions& options = {}) {
    return gradient(target, std::vector<T>{source}, options)[0];
  }
  /// Returns one gradient for each source.
  std::vector<Tensor> gradient(const Tensor& target, const std::vector<Tensor>& sources,
                               const GradientOptions& options = {});
  template <std::same_as<std::vector<Variable>> T>
  std::vector<Tensor> gradient(const Tensor& target, const T& sources,
                               const GradientOptions& options = {}) {
    return gradient_of_variables(target, sources, options);
  }
  /// Takes each nest as the tensor that it is.
  template <std::same_as<std::vector<Nest>> T>
  std::vector<Tensor> gradient(const Tensor& target, const T& sources,
                               const GradientOptions& options = {}) {
    return gradient(target, std::vector<Tensor>(sources.begin(), sources.end()), options);
  }

  /// Returns the gradient of each element of `target` with respect to one tensor or variable, of
  /// the target's shape followed by the source's. It walks back once for each element. Throws what
  /// `gradient` throws, and ShapeError for a target of a shape that is not known.
  template <class T>
  requires(std::same_as<T, Tensor> || std::same_as<T, Variable> || std::same_as<T, Nest>) Tensor
      jacobian(const Tensor& target, const T& source, const JacobianOptions& options = {}) {
    return jacobian(target, std::vector<T>{source}, options)[0];
  }
  /// Returns one jacobian for each source.
  std::vector<Tensor> jacobian(const Tensor& target, const std::vector<Tensor>& sources,
                               const JacobianOptions& options = {});
  template <std::same_as<std::vector<Variable>> T>
  std::vector<Tensor> jacobian(const Tensor& target, const T& sources,
                               const JacobianOptions& options = {}) {
    return jacobian_of_variables(target, sources, options);
  }
  /// Takes each nest as the tensor that it is.
  template <std::same_as<std::vector<Nest>> T>
  std::vector<Tensor> jacobian(const Tensor& target, const T& sources,
                               const JacobianOptions& options = {}) {
    return jacobian(target, std::vector<Tensor>(sources.begin(), sources.end()), options);
  }

  /// Returns, for each row of `target`, its jacobian with respect to the same row of one tensor or
  /// variable: of shape [batch, rest of the target's, rest of the source's]. It walks back once for
  /// each element of a row, adding what other rows depend on. Zeros stand for what does not depend,
  /// as in TensorFlow. Throws what `jacobian` throws, and ShapeError when the first axes differ or
  /// are the only ones.
  template <class T>
  requires(std::same_as<T, Tensor> || std::same_as<T, Variable> || std::same_as<T, Nest>) Tensor
      batch_jacobian(const Tensor& target, const T& source, const JacobianOptions& options = {}) {
    if constexpr (std::same_as<T, Nest>) {
      return batch_jacobian_of(target, source.tensor(), options);
    } else {
      return batch_jacobian_of(target, source, options);
    }
  }

  /// Keeps a tape from recording while it lives; see `stop_recording`.
  class Stop {
   public:
    ~Stop();
    Stop(const Stop&) = delete;
    Stop& operator=(const Stop&) = delete;

   private:
    friend class GradientTape;
    explicit Stop(std::weak_ptr<taping::Recording> recording);
    std::weak_ptr<taping::Recording> recording_;
  };
  /// Keeps the tape from recording while what it returns lives, for what needs no gradient:
  /// `const auto stopped = tape.stop_recording();`.
  [[nodiscard]] Stop stop_recording();
  /// Forgets all that was recorded and watched, and records anew, as a new tape would.
  void reset();

 private:
  std::vector<Tensor> gradient_of_variables(const Tensor& target,
                                            const std::vector<Variable>& sources,
                                            const GradientOptions& options);
  std::vector<Tensor> jacobian_of_variables(const Tensor& target,
                                            const std::vector<Variable>& sources,
                                            const JacobianOptions& options);
  Tensor batch_jacobian_of(const Tensor& target, const Tensor& source,
                           const JacobianOptions& options);
  Tensor batch_jacobian_of(const Tensor& target, const Variable& source,
                           const JacobianOptions& options);
  std::shared_ptr<taping::Recording> recording_;
};

}  // namespace keratin
