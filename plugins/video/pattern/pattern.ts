/**
 * A test pattern: something that fills a `yuv422p10le` picture for a frame number.
 *
 * A pattern keeps no state between frames: the same number gives the same picture, so frames may be skipped or asked
 * for twice. It holds what it has precomputed (one picture, or a table of rows) until it is dropped.
 */
import { checkPictureSize, type PictureSize, pictureWords } from "./picture.ts";

/** One test pattern in one size. */
export interface Pattern {
  /** The size it is drawn in. */
  readonly size: PictureSize;
  /** Whether pictures differ from frame to frame. */
  readonly moving: boolean;
  /**
   * Fills all words of one picture, whatever they held before. Allocates no pixel memory.
   *
   * @param frameNumber whole number from 0; decides the position or phase of moving patterns.
   * @param words exactly one picture, see {@link pictureWords}; the caller's, not kept.
   * @throws {RangeError} if `words` has another length.
   */
  render(frameNumber: number, words: Uint16Array): void;
}

/** A pattern that never changes: painted once when made, copied for every frame. */
export class StillPattern implements Pattern {
  readonly size: PictureSize;
  readonly moving: boolean = false;
  readonly #picture: Uint16Array;

  /** Takes the size and what paints the one picture into zeroed words. */
  constructor(size: PictureSize, paint: (words: Uint16Array) => void) {
    checkPictureSize(size);
    this.size = { width: size.width, height: size.height };
    this.#picture = new Uint16Array(pictureWords(size));
    paint(this.#picture);
  }

  render(_frameNumber: number, words: Uint16Array): void {
    if (words.length !== this.#picture.length) {
      throw new RangeError(`Picture needs ${this.#picture.length} words, but ${words.length} were given`);
    }
    words.set(this.#picture);
  }
}
