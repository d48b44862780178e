/**
 * Errors on their way between places.
 *
 * @module
 */
import { isStreamError, messageOf, StreamError, type StreamErrorCode } from "../errors.ts";

/** An error as a clone. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: string | undefined;
  readonly cause: PlainError | undefined;
}

/** What was thrown, ready to travel. */
export function toPlain(thrown: unknown): PlainError {
  if (!(thrown instanceof Error)) {
    return { name: "Error", message: messageOf(thrown), stack: undefined, code: undefined, cause: undefined };
  }
  const { name, message, stack, cause } = thrown;
  return {
    name,
    message,
    stack,
    code: isStreamError(thrown) ? thrown.code : undefined,
    cause: cause === undefined ? undefined : toPlain(cause),
  };
}

/** The error that travelled; its stack is that of the place where it was thrown. */
export function fromPlain(plain: PlainError): Error {
  const options = plain.cause ? { cause: fromPlain(plain.cause) } : undefined;
  const error = plain.code
    ? new StreamError(plain.code as StreamErrorCode, plain.message, options)
    : new Error(plain.message, options);
  if (!plain.code) error.name = plain.name;
  if (plain.stack !== undefined) error.stack = plain.stack;
  return error;
}
