/**
 * The file of a stream's description, for receivers that are told by a file.
 *
 * @module
 */
import { messageOf, StreamError } from "@streamlib/core";
import { renameSync, writeFileSync } from "node:fs";
import process from "node:process";

/** Keeps a file equal to what is sent. */
export class DescriptionFile {
  readonly #path: string;
  readonly #who: string;
  /** What the file says but for its origin. */
  #said: string | undefined;

  /**
   * Writes nothing yet.
   *
   * @param path Where; what is there is replaced.
   * @param who Whose description, for messages: `VideoRtpSend "out"`.
   */
  constructor(path: string, who: string) {
    this.#path = path;
    this.#who = who;
  }

  /**
   * Writes the description if it is another one than before. Whoever reads the file finds a whole one.
   *
   * @param sdp The description; `undefined` as long as it is not known.
   * @throws {StreamError} `option-invalid` if it cannot be written.
   */
  update(sdp: string | undefined): void {
    // The origin is made anew with every description.
    const said = sdp?.replace(/^o=.*$/m, "");
    if (sdp === undefined || said === this.#said) return;
    const partial = `${this.#path}.${process.pid}.part`;
    try {
      writeFileSync(partial, sdp);
      renameSync(partial, this.#path);
    } catch (thrown) {
      throw new StreamError(
        "option-invalid",
        `Cannot write the description of ${this.#who} to option sdpFile = ${this.#path}: ${messageOf(thrown)}`,
        { cause: thrown },
      );
    }
    this.#said = said;
  }
}
