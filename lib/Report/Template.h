//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Text with places for JSON values: a subset of Mustache.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_REPORT_TEMPLATE_H
#define VITRAIL_LIB_REPORT_TEMPLATE_H

#include "llvm/Support/JSON.h"

namespace vitrail {

/// Writes `text` with values of `data` in place of its tags:
///
///   {{name}}              the value, escaped for HTML; nothing if there is
///   none
///   {{.}}                 the element of a list itself
///   {{name|count}}        a number as "1,234,567"
///   {{name|bytes}}        a number as "1.2 MiB"
///   {{name|short}}        a number as "1.2 G"
///   {{name|tenths}}       a number as "1.2"
///   {{#name}} {{/name}}   the text between for each element of a list, or once
///                         for an object or another value that is something
///   {{^name}} {{/name}}   the text between if it is nothing: absent, false, 0,
///                         an empty text or list
///
/// Names are looked up in the innermost object that has them. The text must be
/// well-formed.
void renderTemplate(llvm::StringRef text, const llvm::json::Value &data,
                    llvm::raw_ostream &output);

} // namespace vitrail

#endif // VITRAIL_LIB_REPORT_TEMPLATE_H
