// SPDX-License-Identifier: Apache-2.0
// The stations of a run at which callbacks are called.
#pragma once

/// Calls `plain(name)` for each station that takes logs alone, and `counted(name)` for each that
/// takes the number of an epoch or batch too.
#define KERATIN_STATIONS(plain, counted)                                                    \
  plain(on_train_begin) plain(on_train_end) counted(on_epoch_begin) counted(on_epoch_end)   \
      counted(on_train_batch_begin) counted(on_train_batch_end) plain(on_test_begin)        \
          plain(on_test_end) counted(on_test_batch_begin) counted(on_test_batch_end)        \
              plain(on_predict_begin) plain(on_predict_end) counted(on_predict_batch_begin) \
                  counted(on_predict_batch_end)
