// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/engine/order.h"

#include <algorithm>

namespace cudaemu {

OperationNumber enqueue_operation(StreamNumber, std::string_view) { return 1; }
StreamClock clock_of(StreamNumber) { return {}; }
void order_stream_after(StreamNumber, const StreamClock&) {}
void order_host_after(const StreamClock&) {}
void order_host_after_everything() {}
RunningOperation::RunningOperation(OperationNumber) : before_(0) {}
RunningOperation::~RunningOperation() = default;
void access_range(const void*, std::size_t, bool) {}

}  // namespace cudaemu
