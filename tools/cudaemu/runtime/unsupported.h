// SPDX-License-Identifier: Apache-2.0
// What an entry point without a stand-in does. CMake writes one for each name of exported_calls.txt, as a weak symbol:
// a real definition of the same name takes its place.
#pragma once

// Reports the call by name, which ends the process unless reports are collected; returns cudaErrorNotSupported.
extern "C" int cudaemu_unsupported_call(const char* name);
