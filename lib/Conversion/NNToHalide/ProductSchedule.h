//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The choices of a product's schedule, as the cost model makes them or as the
// kernel's `nn.schedule` says.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOHALIDE_PRODUCTSCHEDULE_H
#define VITRAIL_LIB_CONVERSION_NNTOHALIDE_PRODUCTSCHEDULE_H

#include "Product.h"

namespace vitrail {

struct ProductSchedule {
  RegisterTile tile;
  /// Whether a task has all panels, which it does not copy. One that does has
  /// all, another one.
  bool hasRowTasks = false;
  /// How many tiles of rows a task has.
  int64_t grain = 1;
  /// Whether a task computes what only it reads: norms, and the left-hand side
  /// in another type.
  bool copiesInTasks = false;
};

/// The schedule of `product`. `given`, which may be null, makes the choices
/// that it has; it must fit.
ProductSchedule chooseSchedule(const Product &product, const Machine &machine,
                               nn::ScheduleAttr given);

/// The choices as an attribute, all that the product has.
nn::ScheduleAttr getAttribute(const Product &product,
                              const ProductSchedule &schedule);

/// See Schedules.h.
llvm::SmallVector<nn::ScheduleAttr> enumerateSchedules(const Product &product,
                                                       const Machine &machine,
                                                       nn::ScheduleAttr given);

/// Why `product` cannot have the schedule `given`; empty if it can.
std::string findMisfit(const Product &product, const Machine &machine,
                       nn::ScheduleAttr given);

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOHALIDE_PRODUCTSCHEDULE_H
