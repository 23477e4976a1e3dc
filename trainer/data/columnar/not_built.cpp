// SPDX-License-Identifier: Apache-2.0
#include "trainer/data/columnar/parquet.h"

namespace kindred {

std::unique_ptr<BlockReader> open_parquet(const DataConfig&, const SourceFile& file, ThreadPool&) {
  fail(ErrorKind::data, "{}: this build of Kindred reads no Parquet (configured with -DKINDRED_COLUMNAR=OFF; configure "
       "with ON, or convert the file to CSV)", file.path);
}

}  // namespace kindred
