// SPDX-License-Identifier: Apache-2.0
// Stands for parquet_event_writer.cpp in a build without Apache Arrow.
#include "kernels/core/check.h"
#include "trainer/data/columnar/parquet_event_writer.h"

namespace kindred {

std::unique_ptr<EventWriter> make_parquet_event_writer(const std::filesystem::path& path) {
  fail(ErrorKind::usage, "{}: built without Apache Arrow, cannot write Parquet; configure with -DKINDRED_COLUMNAR=ON",
       path.string());
}

}  // namespace kindred
