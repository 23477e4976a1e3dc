# SPDX-License-Identifier: Apache-2.0
# Run at each build: writes build_info.cpp, and touches it only when something changed.
execute_process(COMMAND git describe --always --dirty --abbrev=12 --exclude=*
  WORKING_DIRECTORY ${source_dir} OUTPUT_VARIABLE build_commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT build_commit)
  set(build_commit unknown)
endif()
configure_file(${source_dir}/trainer/train/build_info.cpp.in ${output} @ONLY)
