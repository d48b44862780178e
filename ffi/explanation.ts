/**
 * The words that some functions of the library leave beside a result code.
 *
 * @module
 */

import { NativeError } from "./native_error.ts";
import { check, resultName } from "./result.ts";

/** Room for the words of one error; one for each thread is enough, because they are read at once. */
export class Explanation {
  /** What is given to the function as `why`. */
  readonly bytes: Uint8Array<ArrayBuffer> = new Uint8Array(1024);

  /**
   * Passes a value (>= 0) through and throws a {@link NativeError} for a code (< 0), with the library's words if it
   * left any. `bytes` is empty afterwards.
   *
   * @param action As for {@link check}.
   */
  check(code: number, action: string): number {
    if (code >= 0) return code;
    const text = new TextDecoder().decode(this.bytes.subarray(0, Math.max(0, this.bytes.indexOf(0))));
    this.bytes[0] = 0;
    if (text === "") return check(code, action);
    throw new NativeError(resultName(code), code, text);
  }
}
