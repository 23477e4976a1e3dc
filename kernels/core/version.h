// SPDX-License-Identifier: Apache-2.0
// The version of Kindred, in this one place (CMake reads it).
#pragma once

#define KINDRED_VERSION "0.1.0"
