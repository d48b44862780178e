/**
 * The one error class of streamlib.
 *
 * A message says what was attempted, then a colon, then what is the case and what would be right. `code` is stable and
 * meant for programs; messages are meant for people and may improve.
 *
 * @module
 */

/** Stable error codes. A code is never renamed or reused. */
export type StreamErrorCode =
  | "actor-failed"
  | "actor-not-registered"
  | "actor-stopped"
  | "catalogue-clash"
  | "catalogue-unknown"
  | "clock-invalid"
  | "clock-refused"
  | "control-unknown"
  | "cycle"
  | "format-invalid"
  | "frame-foreign"
  | "frame-stale"
  | "gpu-abandoned"
  | "gpu-lost"
  | "gpu-memory"
  | "gpu-missing"
  | "gpu-refused"
  | "id-taken"
  | "link-ambiguous"
  | "link-none"
  | "link-taken"
  | "link-type"
  | "lockstep-overrun"
  | "media"
  | "native-missing"
  | "option-invalid"
  | "place-lost"
  | "place-refused"
  | "plugin-changed"
  | "plugin-empty"
  | "plugin-failed"
  | "plugin-lock"
  | "plugin-missing"
  | "plugin-unreachable"
  | "plugin-unsuited"
  | "port-unknown"
  | "resource"
  | "ring-full"
  | "ring-invalid"
  | "sandbox-killed"
  | "sandbox-refused"
  | "sdp-invalid"
  | "shader-invalid"
  | "slot-released"
  | "supervisor-gave-up"
  | "transport-missing"
  | "transport-refused"
  | "uri-invalid"
  | "version-clash"
  | "writer-taken"
  | "wrong-place";

/** An error with a stable code. Recognise one from any copy of the library with {@linkcode isStreamError}. */
export class StreamError extends Error {
  /** What went wrong, for programs. */
  readonly code: StreamErrorCode;
  /** Marks errors of any copy of this package. */
  readonly "~streamlibError": true = true;

  /**
   * Makes an error.
   *
   * @param code What went wrong, for programs.
   * @param message What was attempted, what is the case, and what would be right.
   * @param options `cause`: the error underneath.
   */
  constructor(code: StreamErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StreamError";
    this.code = code;
  }
}

/** Whether `value` is a {@linkcode StreamError}, also one made by another copy of this package. */
export function isStreamError(value: unknown): value is StreamError {
  return typeof value === "object" && value !== null && "~streamlibError" in value;
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
