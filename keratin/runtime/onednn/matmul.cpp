// SPDX-License-Identifier: Apache-2.0
#include <dlfcn.h>

#include <array>
#include <dnnl.hpp>
#include <string_view>

#include "keratin/base/check.h"
#include "keratin/graph/ops/linalg.h"
#include "keratin/runtime/onednn/onednn.h"

namespace keratin::runtime::onednn {

namespace {

// A primitive with its arguments in the form of the C interface, whose calls allocate nothing here.
// The scratchpad is its own: the library's belongs to the thread that made the primitive.
struct Matmul {
  dnnl::matmul primitive;
  dnnl::memory src, weights, dst, scratchpad;
  std::array<dnnl_exec_arg_t, 4> arguments;
};

dnnl::engine& engine() {
  static dnnl::engine instance(dnnl::engine::kind::cpu, 0);
  return instance;
}

dnnl::stream& stream() {
  static thread_local dnnl::stream instance(engine());
  return instance;
}

// Describes a row-major matrix, taken in turn when `transposed`.
dnnl::memory::desc matrix(const Shape& shape, bool transposed) {
  const int64_t rows = shape[-2];
  const int64_t columns = shape[-1];
  const auto type = dnnl::memory::data_type::f32;
  if (transposed) return {{columns, rows}, type, dnnl::memory::dims{1, columns}};
  return {{rows, columns}, type, dnnl::memory::dims{columns, 1}};
}

void run(const KernelCall& call) {
  auto& matmul = *static_cast<Matmul*>(call.state.get());
  matmul.src.set_data_handle(call.inputs[0].data);
  matmul.weights.set_data_handle(call.inputs[1].data);
  matmul.dst.set_data_handle(call.outputs[0].data);
  const dnnl_status_t status =
      dnnl_primitive_execute(matmul.primitive.get(), stream().get(),
                             static_cast<int>(matmul.arguments.size()), matmul.arguments.data());
  require<InternalError>(status == dnnl_success, "matmul",
                         "expected oneDNN to run, got status {}. Report this.",
                         static_cast<int>(status));
}

// Below this many multiplications a call costs more than it saves.
constexpr int64_t smallest_product = 16 * 16 * 16;

// A primitive is made for the number of threads that there are then.
struct OneThread {
  const int threads = use_one_thread();
  ~OneThread() { restore_threads(threads); }
};

Kernel prepare_matmul(KernelCall& call) {
  const Operand& a = call.inputs[0];
  const Operand& b = call.inputs[1];
  const Operand& c = call.outputs[0];
  if (a.dtype != DType::float32 || a.shape.rank() != 2 || b.shape.rank() != 2) return nullptr;
  const auto& attrs = call.attrs.as<ops::MatmulAttrs>();
  const int64_t depth = a.shape[attrs.transpose_a ? 0 : 1];
  if (depth == 0 || c.size * depth < smallest_product) return nullptr;
  const OneThread one_thread;
  const dnnl::memory::desc src = matrix(a.shape, attrs.transpose_a);
  const dnnl::memory::desc weights = matrix(b.shape, attrs.transpose_b);
  const dnnl::memory::desc dst = matrix(c.shape, false);
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  const dnnl::matmul::primitive_desc description(dnnl::matmul::desc(src, weights, dst), attributes,
                                                 engine());
  if (std::string_view(description.impl_info_str()).starts_with("ref")) return nullptr;
  auto matmul = std::make_shared<Matmul>();
  matmul->primitive = dnnl::matmul(description);
  matmul->src = dnnl::memory(src, engine(), nullptr);
  matmul->weights = dnnl::memory(weights, engine(), nullptr);
  matmul->dst = dnnl::memory(dst, engine(), nullptr);
  matmul->scratchpad = dnnl::memory(description.scratchpad_desc(), engine());
  matmul->arguments = {{{DNNL_ARG_SRC, matmul->src.get()},
                        {DNNL_ARG_WEIGHTS, matmul->weights.get()},
                        {DNNL_ARG_DST, matmul->dst.get()},
                        {DNNL_ARG_SCRATCHPAD, matmul->scratchpad.get()}}};
  call.state = std::move(matmul);
  return run;
}

// oneDNN is built with OpenMP, whose functions are found in the process that it has loaded them
// into; without them there is one thread anyway.
template <class F>
F find_function(const char* name) {
  return reinterpret_cast<F>(dlsym(RTLD_DEFAULT, name));
}

}  // namespace

Kernel prepare(const OpDef& op, KernelCall& call) {
  if (&op != &ops::batch_matmul_op) return nullptr;
  try {
    return prepare_matmul(call);
  } catch (const dnnl::error&) {
    return nullptr;  // the reference kernel can do it
  }
}

int use_one_thread() {
  static const auto get = find_function<int (*)()>("omp_get_max_threads");
  static const auto set = find_function<void (*)(int)>("omp_set_num_threads");
  if (get == nullptr || set == nullptr) return 0;
  const int threads = get();
  set(1);
  return threads;
}

void restore_threads(int threads) {
  static const auto set = find_function<void (*)(int)>("omp_set_num_threads");
  if (set != nullptr && threads > 0) set(threads);
}

}  // namespace keratin::runtime::onednn
