// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/callbacks/registry.h"

#include "keratin/base/check.h"
#include "keratin/base/text.h"
#include "keratin/model/callbacks/backup_and_restore.h"
#include "keratin/model/callbacks/csv_logger.h"
#include "keratin/model/callbacks/early_stopping.h"
#include "keratin/model/callbacks/lambda_callback.h"
#include "keratin/model/callbacks/learning_rate_scheduler.h"
#include "keratin/model/callbacks/model_checkpoint.h"
#include "keratin/model/callbacks/reduce_lr_on_plateau.h"
#include "keratin/model/callbacks/remote_monitor.h"
#include "keratin/model/callbacks/swap_ema_weights.h"
#include "keratin/model/callbacks/tensorboard.h"
#include "keratin/model/callbacks/terminate_on_nan.h"
#include "keratin/nn/object.h"

namespace keratin {

namespace {

using namespace callbacks;

template <class T, class Options>
CallbackType type(std::string_view name) {
  return {name, &describe_fields<Options>, [](const Config& config) {
            return CallbackRef(T(options_from<Options>(config, type_name<T>())));
          }};
}

}  // namespace

const std::vector<CallbackType>& callback_types() {
  static const std::vector<CallbackType> types{
      type<BackupAndRestore, BackupAndRestoreOptions>("BackupAndRestore"),
      type<CSVLogger, CSVLoggerOptions>("CSVLogger"),
      type<EarlyStopping, EarlyStoppingOptions>("EarlyStopping"),
      type<LambdaCallback, LambdaCallbackOptions>("LambdaCallback"),
      type<LearningRateScheduler, LearningRateSchedulerOptions>("LearningRateScheduler"),
      type<ModelCheckpoint, ModelCheckpointOptions>("ModelCheckpoint"),
      type<ReduceLROnPlateau, ReduceLROnPlateauOptions>("ReduceLROnPlateau"),
      type<RemoteMonitor, RemoteMonitorOptions>("RemoteMonitor"),
      type<SwapEMAWeights, SwapEMAWeightsOptions>("SwapEMAWeights"),
      type<TensorBoard, TensorBoardOptions>("TensorBoard"),
      type<TerminateOnNaN, TerminateOnNaNOptions>("TerminateOnNaN"),
  };
  return types;
}

CallbackRef callback_from_config(std::string_view class_name, const Config& config) {
  std::vector<std::string> names;
  for (const CallbackType& type : callback_types()) {
    names.emplace_back(type.class_name);
    if (type.class_name == class_name) return type.from_config(config);
  }
  fail<ConfigError>("callbacks", "expected one of the classes [{}], got '{}'.{}",
                    fmt::join(names, ", "), class_name, text::choice(class_name, names));
}

}  // namespace keratin
