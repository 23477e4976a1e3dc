// SPDX-License-Identifier: Apache-2.0
// A sparse matrix of the host's on the device of a context: a copy on CUDA, the host's own arrays on the CPU (which
// must then outlive it). The purposes in the memory report are <purpose>.offsets, .ids and .values.
#pragma once

#include "kernels/core/context.h"
#include "kernels/core/tensor.h"
#include "kernels/core/view.h"

#include <string>
#include <string_view>

namespace kindred {

class DeviceCsr {
 public:
  DeviceCsr() = default;
  DeviceCsr(const Context& ctx, const CsrView& host, std::string_view purpose) : view_(host) {
    if (ctx.device().type == DeviceType::cpu) return;
    const std::string name(purpose);
    offsets_ = Tensor<std::int64_t, 1>::from_host(ctx, host.offsets, name + ".offsets");
    ids_ = Tensor<std::int32_t, 1>::from_host(ctx, host.ids, name + ".ids");
    view_.offsets = offsets_.view();
    view_.ids = ids_.view();
    if (host.has_values()) {
      values_ = Tensor<float, 1>::from_host(ctx, host.values, name + ".values");
      view_.values = values_.view();
    }
  }

  const CsrView& view() const { return view_; }
  // What the copy takes on a device that has its own memory.
  static std::int64_t bytes(const CsrView& host) {
    return host.offsets.count() * 8 + host.ids.count() * 4 + (host.has_values() ? host.values.count() * 4 : 0);
  }

 private:
  CsrView view_;
  Tensor<std::int64_t, 1> offsets_;
  Tensor<std::int32_t, 1> ids_;
  Tensor<float, 1> values_;
};

}  // namespace kindred
