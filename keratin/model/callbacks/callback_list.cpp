// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/callbacks/callback_list.h"

#include <algorithm>

#include "keratin/model/callbacks/backup_and_restore.h"
#include "keratin/model/callbacks/stations_internal.h"

namespace keratin {

namespace {

callbacks::BackupAndRestore* as_backup(Callback* callback) {
  return dynamic_cast<callbacks::BackupAndRestore*>(callback);
}

}  // namespace

CallbackList::CallbackList(std::vector<Callback*> callbacks, Model& model,
                           const CallbackParams& params)
    : callbacks_(std::move(callbacks)), params_(params) {
  std::stable_partition(callbacks_.begin(), callbacks_.end(),
                        [](Callback* callback) { return as_backup(callback) == nullptr; });
  for (Callback* callback : callbacks_) {
    callback->set_params(params_);
    callback->set_model(&model);
  }
}

CallbackList::~CallbackList() {
  for (Callback* callback : callbacks_) callback->set_model(nullptr);
  set_run(nullptr);
}

void CallbackList::set_run(ResumableRun* run) {
  for (Callback* callback : callbacks_) {
    if (callbacks::BackupAndRestore* backup = as_backup(callback)) backup->set_run(run);
  }
}

void CallbackList::set_steps(int64_t steps) {
  params_.steps = steps;
  for (Callback* callback : callbacks_) callback->set_params(params_);
}

void CallbackList::on_gap(int64_t epoch, const Logs& gap) {
  for (Callback* callback : callbacks_) callback->on_gap(epoch, gap);
}

#define KERATIN_STATION(name)                                    \
  void CallbackList::name(Logs& logs) {                          \
    for (Callback * callback : callbacks_) callback->name(logs); \
  }
#define KERATIN_COUNTED_STATION(name)                                \
  void CallbackList::name(int64_t at, Logs& logs) {                  \
    for (Callback * callback : callbacks_) callback->name(at, logs); \
  }
KERATIN_STATIONS(KERATIN_STATION, KERATIN_COUNTED_STATION)
#undef KERATIN_STATION
#undef KERATIN_COUNTED_STATION

}  // namespace keratin
