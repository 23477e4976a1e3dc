// SPDX-License-Identifier: Apache-2.0
#include "trainer/models/model.h"

#include "kernels/core/check.h"

namespace kindred {

void Model::add_items(const Context& /*ctx*/, const CsrView& /*audiences*/) {
  fail(ErrorKind::usage,
       "the {} model cannot take in items that were not in its training data; models als and popularity can", type());
}

void Model::fold_in_users(const Context& /*ctx*/, const CsrView& /*histories*/, View<float, 2> /*out*/) const {
  fail(ErrorKind::usage, "the {} model has no vectors of users; the als model has", type());
}

void Model::warm_start(const Context& /*ctx*/, const WarmStart& /*from*/) {
  fail(ErrorKind::usage, "run.warm_start: a {} model does not begin with another run's; model als does", type());
}

Alignment Model::align(const Context& /*ctx*/, const WarmStart& /*to*/) {
  fail(ErrorKind::usage, "run.warm_start: a {} model has no vectors to align; model als has", type());
}

}  // namespace kindred
