/**
 * The one error class of this package.
 *
 * @module
 */

/** Why libstreamlib could not be opened: codes of {@link NativeError} that are not results of the library. */
export type LoadErrorCode =
  | "library_not_found"
  | "unsupported_platform"
  | "cannot_open"
  | "wrong_abi"
  | "missing_symbol"
  | "no_ffi";

/**
 * An error of the native library, or of opening it. Told apart by `code`, not by `instanceof`: two copies of this
 * package can meet in one program.
 */
export class NativeError extends Error {
  /** Always `NativeError`. */
  override readonly name: string = "NativeError";
  /** Name of the result (see `ResultName`), or why the library could not be opened (see `LoadErrorCode`). */
  readonly code: string;
  /** The number that the library returned, 0 if it was not called. */
  readonly result: number;

  /** Made by {@link check} and by opening the library. */
  constructor(code: string, result: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.result = result;
  }
}
