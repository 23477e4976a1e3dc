// SPDX-License-Identifier: Apache-2.0
// Names and texts of CUDA's error codes, as the real runtime gives them: cudaGetErrorName, cudaGetErrorString.
#include <cuda_runtime_api.h>

namespace {

struct ErrorText {
  cudaError_t code;
  const char* name;
  const char* text;
};

#define CUDAEMU_ERROR(code, text) \
  { code, #code, text }

// clang-format off
constexpr ErrorText kErrors[] = {
    CUDAEMU_ERROR(cudaSuccess, "no error"),
    CUDAEMU_ERROR(cudaErrorInvalidValue, "invalid argument"),
    CUDAEMU_ERROR(cudaErrorMemoryAllocation, "out of memory"),
    CUDAEMU_ERROR(cudaErrorInitializationError, "initialization error"),
    CUDAEMU_ERROR(cudaErrorCudartUnloading, "driver shutting down"),
    CUDAEMU_ERROR(cudaErrorProfilerDisabled, "profiler disabled while using external profiling tool"),
    CUDAEMU_ERROR(cudaErrorProfilerNotInitialized, "profiler not initialized: call cudaProfilerInitialize()"),
    CUDAEMU_ERROR(cudaErrorProfilerAlreadyStarted, "profiler already started"),
    CUDAEMU_ERROR(cudaErrorProfilerAlreadyStopped, "profiler already stopped"),
    CUDAEMU_ERROR(cudaErrorInvalidConfiguration, "invalid configuration argument"),
    CUDAEMU_ERROR(cudaErrorInvalidPitchValue, "invalid pitch argument"),
    CUDAEMU_ERROR(cudaErrorInvalidSymbol, "invalid device symbol"),
    CUDAEMU_ERROR(cudaErrorInvalidHostPointer, "invalid host pointer"),
    CUDAEMU_ERROR(cudaErrorInvalidDevicePointer, "invalid device pointer"),
    CUDAEMU_ERROR(cudaErrorInvalidTexture, "invalid texture reference"),
    CUDAEMU_ERROR(cudaErrorInvalidTextureBinding, "texture is not bound to a pointer"),
    CUDAEMU_ERROR(cudaErrorInvalidChannelDescriptor, "invalid channel descriptor"),
    CUDAEMU_ERROR(cudaErrorInvalidMemcpyDirection, "invalid copy direction for memcpy"),
    CUDAEMU_ERROR(cudaErrorAddressOfConstant, "invalid address of constant"),
    CUDAEMU_ERROR(cudaErrorTextureFetchFailed, "fetch from texture failed"),
    CUDAEMU_ERROR(cudaErrorTextureNotBound, "cannot fetch from a texture that is not bound"),
    CUDAEMU_ERROR(cudaErrorSynchronizationError, "incorrect use of __syncthreads()"),
    CUDAEMU_ERROR(cudaErrorInvalidFilterSetting, "linear filtering not supported for non-float type"),
    CUDAEMU_ERROR(cudaErrorInvalidNormSetting, "read as normalized float not supported for data type"),
    CUDAEMU_ERROR(cudaErrorMixedDeviceExecution, "device emulation mode and device execution mode cannot be mixed"),
    CUDAEMU_ERROR(cudaErrorNotYetImplemented, "feature not yet implemented"),
    CUDAEMU_ERROR(cudaErrorMemoryValueTooLarge, "memory size or pointer value too large to fit in 32 bit"),
    CUDAEMU_ERROR(cudaErrorStubLibrary, "CUDA driver is a stub library"),
    CUDAEMU_ERROR(cudaErrorInsufficientDriver, "CUDA driver version is insufficient for CUDA runtime version"),
    CUDAEMU_ERROR(cudaErrorCallRequiresNewerDriver, "API call is not supported in the installed CUDA driver"),
    CUDAEMU_ERROR(cudaErrorInvalidSurface, "invalid surface reference"),
    CUDAEMU_ERROR(cudaErrorDuplicateVariableName, "duplicate global variable looked up by string name"),
    CUDAEMU_ERROR(cudaErrorDuplicateTextureName, "duplicate texture looked up by string name"),
    CUDAEMU_ERROR(cudaErrorDuplicateSurfaceName, "duplicate surface looked up by string name"),
    CUDAEMU_ERROR(cudaErrorDevicesUnavailable, "CUDA-capable device(s) is/are busy or unavailable"),
    CUDAEMU_ERROR(cudaErrorIncompatibleDriverContext, "incompatible driver context"),
    CUDAEMU_ERROR(cudaErrorMissingConfiguration, "__global__ function call is not configured"),
    CUDAEMU_ERROR(cudaErrorPriorLaunchFailure, "unspecified launch failure in prior launch"),
    CUDAEMU_ERROR(cudaErrorLaunchMaxDepthExceeded, "launch would exceed maximum depth of nested launches"),
    CUDAEMU_ERROR(cudaErrorLaunchFileScopedTex, "launch failed because kernel uses unsupported, file-scoped textures (texture objects are supported)"),
    CUDAEMU_ERROR(cudaErrorLaunchFileScopedSurf, "launch failed because kernel uses unsupported, file-scoped surfaces (surface objects are supported)"),
    CUDAEMU_ERROR(cudaErrorSyncDepthExceeded, "cudaDeviceSynchronize failed because caller's grid depth exceeds cudaLimitDevRuntimeSyncDepth"),
    CUDAEMU_ERROR(cudaErrorLaunchPendingCountExceeded, "launch failed because launch would exceed cudaLimitDevRuntimePendingLaunchCount"),
    CUDAEMU_ERROR(cudaErrorInvalidDeviceFunction, "invalid device function"),
    CUDAEMU_ERROR(cudaErrorNoDevice, "no CUDA-capable device is detected"),
    CUDAEMU_ERROR(cudaErrorInvalidDevice, "invalid device ordinal"),
    CUDAEMU_ERROR(cudaErrorDeviceNotLicensed, "device doesn't have valid Grid license"),
    CUDAEMU_ERROR(cudaErrorSoftwareValidityNotEstablished, "integrity checks failed"),
    CUDAEMU_ERROR(cudaErrorStartupFailure, "startup failure in cuda runtime"),
    CUDAEMU_ERROR(cudaErrorInvalidKernelImage, "device kernel image is invalid"),
    CUDAEMU_ERROR(cudaErrorDeviceUninitialized, "invalid device context"),
    CUDAEMU_ERROR(cudaErrorMapBufferObjectFailed, "mapping of buffer object failed"),
    CUDAEMU_ERROR(cudaErrorUnmapBufferObjectFailed, "unmapping of buffer object failed"),
    CUDAEMU_ERROR(cudaErrorArrayIsMapped, "array is mapped"),
    CUDAEMU_ERROR(cudaErrorAlreadyMapped, "resource already mapped"),
    CUDAEMU_ERROR(cudaErrorNoKernelImageForDevice, "no kernel image is available for execution on the device"),
    CUDAEMU_ERROR(cudaErrorAlreadyAcquired, "resource already acquired"),
    CUDAEMU_ERROR(cudaErrorNotMapped, "resource not mapped"),
    CUDAEMU_ERROR(cudaErrorNotMappedAsArray, "resource not mapped as array"),
    CUDAEMU_ERROR(cudaErrorNotMappedAsPointer, "resource not mapped as pointer"),
    CUDAEMU_ERROR(cudaErrorECCUncorrectable, "uncorrectable ECC error encountered"),
    CUDAEMU_ERROR(cudaErrorUnsupportedLimit, "limit is not supported on this architecture"),
    CUDAEMU_ERROR(cudaErrorDeviceAlreadyInUse, "exclusive-thread device already in use by a different thread"),
    CUDAEMU_ERROR(cudaErrorPeerAccessUnsupported, "peer access is not supported between these two devices"),
    CUDAEMU_ERROR(cudaErrorInvalidPtx, "a PTX JIT compilation failed"),
    CUDAEMU_ERROR(cudaErrorInvalidGraphicsContext, "invalid OpenGL or DirectX context"),
    CUDAEMU_ERROR(cudaErrorNvlinkUncorrectable, "uncorrectable NVLink error detected during the execution"),
    CUDAEMU_ERROR(cudaErrorJitCompilerNotFound, "PTX JIT compiler library not found"),
    CUDAEMU_ERROR(cudaErrorUnsupportedPtxVersion, "the provided PTX was compiled with an unsupported toolchain."),
    CUDAEMU_ERROR(cudaErrorJitCompilationDisabled, "PTX JIT compilation was disabled"),
    CUDAEMU_ERROR(cudaErrorUnsupportedExecAffinity, "the provided execution affinity is not supported"),
    CUDAEMU_ERROR(cudaErrorUnsupportedDevSideSync, "the provided PTX contains unsupported call to cudaDeviceSynchronize"),
    CUDAEMU_ERROR(cudaErrorContained, "Invalid access of peer GPU memory over nvlink or a hardware error"),
    CUDAEMU_ERROR(cudaErrorInvalidSource, "device kernel image is invalid"),
    CUDAEMU_ERROR(cudaErrorFileNotFound, "file not found"),
    CUDAEMU_ERROR(cudaErrorSharedObjectSymbolNotFound, "shared object symbol not found"),
    CUDAEMU_ERROR(cudaErrorSharedObjectInitFailed, "shared object initialization failed"),
    CUDAEMU_ERROR(cudaErrorOperatingSystem, "OS call failed or operation not supported on this OS"),
    CUDAEMU_ERROR(cudaErrorInvalidResourceHandle, "invalid resource handle"),
    CUDAEMU_ERROR(cudaErrorIllegalState, "the operation cannot be performed in the present state"),
    CUDAEMU_ERROR(cudaErrorLossyQuery, "attempted introspection would be semantically lossy"),
    CUDAEMU_ERROR(cudaErrorSymbolNotFound, "named symbol not found"),
    CUDAEMU_ERROR(cudaErrorNotReady, "device not ready"),
    CUDAEMU_ERROR(cudaErrorIllegalAddress, "an illegal memory access was encountered"),
    CUDAEMU_ERROR(cudaErrorLaunchOutOfResources, "too many resources requested for launch"),
    CUDAEMU_ERROR(cudaErrorLaunchTimeout, "the launch timed out and was terminated"),
    CUDAEMU_ERROR(cudaErrorLaunchIncompatibleTexturing, "launch uses incompatible texturing mode"),
    CUDAEMU_ERROR(cudaErrorPeerAccessAlreadyEnabled, "peer access is already enabled"),
    CUDAEMU_ERROR(cudaErrorPeerAccessNotEnabled, "peer access has not been enabled"),
    CUDAEMU_ERROR(cudaErrorSetOnActiveProcess, "cannot set while device is active in this process"),
    CUDAEMU_ERROR(cudaErrorContextIsDestroyed, "context is destroyed"),
    CUDAEMU_ERROR(cudaErrorAssert, "device-side assert triggered"),
    CUDAEMU_ERROR(cudaErrorTooManyPeers, "peer mapping resources exhausted"),
    CUDAEMU_ERROR(cudaErrorHostMemoryAlreadyRegistered, "part or all of the requested memory range is already mapped"),
    CUDAEMU_ERROR(cudaErrorHostMemoryNotRegistered, "pointer does not correspond to a registered memory region"),
    CUDAEMU_ERROR(cudaErrorHardwareStackError, "hardware stack error"),
    CUDAEMU_ERROR(cudaErrorIllegalInstruction, "an illegal instruction was encountered"),
    CUDAEMU_ERROR(cudaErrorMisalignedAddress, "misaligned address"),
    CUDAEMU_ERROR(cudaErrorInvalidAddressSpace, "operation not supported on global/shared address space"),
    CUDAEMU_ERROR(cudaErrorInvalidPc, "invalid program counter"),
    CUDAEMU_ERROR(cudaErrorLaunchFailure, "unspecified launch failure"),
    CUDAEMU_ERROR(cudaErrorCooperativeLaunchTooLarge, "too many blocks in cooperative launch"),
    CUDAEMU_ERROR(cudaErrorTensorMemoryLeak, "tensor memory not completely freed"),
    CUDAEMU_ERROR(cudaErrorNotPermitted, "operation not permitted"),
    CUDAEMU_ERROR(cudaErrorNotSupported, "operation not supported"),
    CUDAEMU_ERROR(cudaErrorSystemNotReady, "system not yet initialized"),
    CUDAEMU_ERROR(cudaErrorSystemDriverMismatch, "system has unsupported display driver / cuda driver combination"),
    CUDAEMU_ERROR(cudaErrorCompatNotSupportedOnDevice, "forward compatibility was attempted on non supported HW"),
    CUDAEMU_ERROR(cudaErrorMpsConnectionFailed, "MPS client failed to connect to the MPS control daemon or the MPS server"),
    CUDAEMU_ERROR(cudaErrorMpsRpcFailure, "the remote procedural call between the MPS server and the MPS client failed"),
    CUDAEMU_ERROR(cudaErrorMpsServerNotReady, "MPS server is not ready to accept new MPS client requests"),
    CUDAEMU_ERROR(cudaErrorMpsMaxClientsReached, "the hardware resources required to create MPS client have been exhausted"),
    CUDAEMU_ERROR(cudaErrorMpsMaxConnectionsReached, "the hardware resources required to support device connections have been exhausted"),
    CUDAEMU_ERROR(cudaErrorMpsClientTerminated, "the MPS client has been terminated by the server"),
    CUDAEMU_ERROR(cudaErrorCdpNotSupported, "is using CUDA Dynamic Parallelism, but the current configuration, like MPS, does not support it"),
    CUDAEMU_ERROR(cudaErrorCdpVersionMismatch, "unsupported interaction between different versions of CUDA Dynamic Parallelism"),
    CUDAEMU_ERROR(cudaErrorStreamCaptureUnsupported, "operation not permitted when stream is capturing"),
    CUDAEMU_ERROR(cudaErrorStreamCaptureInvalidated, "operation failed due to a previous error during capture"),
    CUDAEMU_ERROR(cudaErrorStreamCaptureMerge, "operation would result in a merge of separate capture sequences"),
    CUDAEMU_ERROR(cudaErrorStreamCaptureUnmatched, "capture was not ended in the same stream as it began"),
    CUDAEMU_ERROR(cudaErrorStreamCaptureUnjoined, "capturing stream has unjoined work"),
    CUDAEMU_ERROR(cudaErrorStreamCaptureIsolation, "dependency created on uncaptured work in another stream"),
    CUDAEMU_ERROR(cudaErrorStreamCaptureImplicit, "operation would make the legacy stream depend on a capturing blocking stream"),
    CUDAEMU_ERROR(cudaErrorCapturedEvent, "operation not permitted on an event last recorded in a capturing stream"),
    CUDAEMU_ERROR(cudaErrorStreamCaptureWrongThread, "attempt to terminate a thread-local capture sequence from another thread"),
    CUDAEMU_ERROR(cudaErrorTimeout, "wait operation timed out"),
    CUDAEMU_ERROR(cudaErrorGraphExecUpdateFailure, "the graph update was not performed because it included changes which violated constraints specific to instantiated graph update"),
    CUDAEMU_ERROR(cudaErrorExternalDevice, "an async error has occured in external entity outside of CUDA"),
    CUDAEMU_ERROR(cudaErrorInvalidClusterSize, "a kernel launch error has occurred due to cluster misconfiguration"),
    CUDAEMU_ERROR(cudaErrorFunctionNotLoaded, "the function handle is not loaded when calling an API that requires a loaded function"),
    CUDAEMU_ERROR(cudaErrorInvalidResourceType, "one or more resources passed in are not valid resource types for the operation"),
    CUDAEMU_ERROR(cudaErrorInvalidResourceConfiguration, "one or more resources are insufficient or non-applicable for the operation"),
    CUDAEMU_ERROR(cudaErrorUnknown, "unknown error"),
};
// clang-format on

const ErrorText* find(cudaError_t code) {
  for (const ErrorText& error : kErrors) {
    if (error.code == code) return &error;
  }
  return nullptr;
}

}  // namespace

extern "C" {

const char* cudaGetErrorName(cudaError_t error) {
  const ErrorText* found = find(error);
  return found ? found->name : "unrecognized error code";
}

const char* cudaGetErrorString(cudaError_t error) {
  const ErrorText* found = find(error);
  return found ? found->text : "unrecognized error code";
}

}  // extern "C"
