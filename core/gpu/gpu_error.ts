/**
 * What the library says of GPUs, as errors of this package.
 *
 * @module
 */
import { messageOf, StreamError, type StreamErrorCode } from "../errors.ts";

const CODES: Readonly<Record<string, StreamErrorCode>> = {
  no_vulkan: "gpu-missing",
  no_device: "gpu-missing",
  no_such_device: "gpu-missing",
  out_of_device_memory: "gpu-memory",
  out_of_memory: "gpu-memory",
  device_lost: "gpu-lost",
  device_abandoned: "gpu-abandoned",
  stale_frame: "frame-stale",
  wrong_device: "frame-foreign",
};

/** An error of the native library as one of this package; anything else as it is. */
export function gpuError(thrown: unknown): unknown {
  if ((thrown as { name?: unknown }).name !== "NativeError") return thrown;
  const code = CODES[(thrown as { code: string }).code] ?? "gpu-refused";
  return new StreamError(code, messageOf(thrown), { cause: thrown });
}

/** Whether the device works no longer. */
export function isGone(thrown: unknown): boolean {
  const { code } = thrown as { code?: unknown };
  return code === "gpu-lost" || code === "gpu-abandoned";
}

/** Runs `work`. @throws What it throws, by {@linkcode gpuError}. */
export function translated<T>(work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw gpuError(thrown);
  }
}
