/** What is thrown when a drawing fails. */

/** Where and when a drawing failed. */
export interface DrawErrorDetails {
  /** Line in the user's source, from 1, if known. */
  readonly line?: number | undefined;
  /** Frame that was drawn; undefined while the drawing was loaded. */
  readonly frameNumber?: number | undefined;
}

/** A drawing that could not be loaded, threw, or ran too long. The message names source, line and frame. */
export class DrawError extends Error {
  /** Always `"DrawError"`. */
  override readonly name: string = "DrawError";
  /** Line in the user's source, from 1, if known. */
  readonly line: number | undefined;
  /** Frame that was drawn; undefined while the drawing was loaded. */
  readonly frameNumber: number | undefined;

  /** Says what failed, and where. */
  constructor(message: string, details: DrawErrorDetails = {}) {
    super(message);
    this.line = details.line;
    this.frameNumber = details.frameNumber;
  }
}
