/**
 * What goes wrong with media files.
 *
 * @module
 */

/** Why a file cannot be read or written, for programs. Stable. */
export type MediaErrorReason =
  | "closed"
  | "codec-unsupported"
  | "damaged"
  | "directory"
  | "format-unsupported"
  | "missing"
  | "no-audio"
  | "no-video"
  | "option-invalid"
  | "provider"
  | "unreadable"
  | "unwritable"
  | "worker";

/**
 * An error that names the file and the cause. It crosses threads as a plain object and is rebuilt on the other side.
 */
export class MediaError extends Error {
  /** What went wrong, for programs. */
  readonly reason: MediaErrorReason;

  /**
   * An error from a cause that is known.
   *
   * @param reason What went wrong, for programs.
   * @param message What was attempted, what is the case, and what would be right.
   * @param options `cause`: the error underneath.
   */
  constructor(reason: MediaErrorReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "MediaError";
    this.reason = reason;
  }
}

/** A {@linkcode MediaError} as a message between threads. */
export interface MediaErrorMessage {
  readonly reason: MediaErrorReason;
  readonly message: string;
}

/** `thrown` as a message; what is no {@linkcode MediaError} gets `action` in front and the reason `otherwise`. */
export function toErrorMessage(thrown: unknown, action: string, otherwise: MediaErrorReason): MediaErrorMessage {
  if (thrown instanceof MediaError) return { reason: thrown.reason, message: thrown.message };
  const cause = thrown instanceof Error ? thrown.message : String(thrown);
  return { reason: otherwise, message: `${action}: ${cause}` };
}
