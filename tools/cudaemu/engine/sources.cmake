# SPDX-License-Identifier: Apache-2.0
# The engine and its PTX reader, for the targets of tools/cudaemu.
set(CUDAEMU_ENGINE_SOURCES)
foreach(name IN ITEMS
    ptx/opcode ptx/parse_body ptx/parse_module ptx/scanner ptx/special_register ptx/type
    engine/address engine/asynchronous engine/atomics engine/bits engine/block engine/builtins engine/compare
    engine/compile_control engine/compile_memory engine/compiler engine/control engine/convert engine/engine engine/float
    engine/float_ops engine/frame_values engine/grid engine/half_ops engine/integer engine/launch_history engine/load_store engine/matrix
    engine/memory engine/options engine/order engine/program engine/race_check engine/race_sync
    engine/race_view engine/register_slots engine/report engine/rounded_ops
    engine/statistics engine/video engine/warp engine/warp_ops)
  list(APPEND CUDAEMU_ENGINE_SOURCES ${CMAKE_CURRENT_LIST_DIR}/../${name}.cpp)
endforeach()
