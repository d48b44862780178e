/**
 * The file of a stream's description, for receivers that are told by a file.
 *
 * @module
 */
import { messageOf, StreamError } from "@streamlib/core";
import { accessSync, constants, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";

/** How often a description that is known is asked for again, ms: its clock may have changed. */
const ASK_MS = 1000;

/** Keeps a file equal to what is sent. */
export class DescriptionFile {
  readonly #path: string;
  readonly #onFailure: () => void;
  /** What the file says but for its origin. */
  #said: string | undefined;
  #askedMs = -Infinity;

  /**
   * Writes nothing yet.
   *
   * @param path Where; what is there is replaced.
   * @param who Whose description, for messages: `VideoRtpSend "out"`.
   * @param onFailure Called if it could not be written later on, as on a full disk. It is tried again a second later.
   * @throws {StreamError} `option-invalid` if the folder is not there or may not be written to.
   */
  constructor(path: string, who: string, onFailure: () => void) {
    this.#path = path;
    this.#onFailure = onFailure;
    try {
      accessSync(dirname(path), constants.W_OK);
    } catch (thrown) {
      throw new StreamError(
        "option-invalid",
        `Cannot start ${who}: option sdpFile is ${path}, and nothing can be written there: ${messageOf(thrown)}`,
        { cause: thrown },
      );
    }
  }

  /**
   * Writes the description if it is another one than before; asks for one that is known once a second at most. Whoever
   * reads the file finds a whole one.
   *
   * @param describe Gives the description; `undefined` as long as it is not known.
   */
  update(describe: () => string | undefined): void {
    const nowMs = performance.now();
    if (nowMs - this.#askedMs < ASK_MS) return;
    const sdp = describe();
    if (sdp === undefined) return;
    this.#askedMs = nowMs;
    // The origin is made anew with every description.
    const said = sdp.replace(/^o=.*$/m, "");
    if (said === this.#said) return;
    const partial = `${this.#path}.${process.pid}.part`;
    try {
      writeFileSync(partial, sdp);
      renameSync(partial, this.#path);
      this.#said = said;
    } catch {
      rmSync(partial, { force: true });
      this.#onFailure();
    }
  }
}
