/**
 * A circular zone plate: rings whose frequency grows with the distance from the centre, up to half a cycle per pixel at
 * the left and right edges. It shows aliasing, bad scaling filters and lost resolution at a glance; the phase moves.
 *
 * Luma is `502 + 438 · cos(2π(p(x) + p(y) + frame · phasePerFrame))` with `p(d) = d² / (2 · width)` cycles, `d`
 * counted from the centre. Computing two million cosines per frame costs too much, but a row depends on `p(y)` and
 * the frame only through their sum modulo one cycle. So all rows are made once for 1024 phases (4 MB for 1920
 * columns), and a frame is one copy per row. The phase is thereby rounded to 1/1024 cycle: luma is at most 3 codes
 * off the formula.
 */
import type { Pattern } from "./pattern.ts";
import { checkPictureSize, picturePlanes, type PictureSize } from "./picture.ts";

const phaseCount = 1024;
/** Steps of one cycle in the table of cosines: fine enough to add less than a fifth of a code. */
const waveCount = 16384;
const middle = 502;
const amplitude = 438;

/** A zone plate in 64 to 940 luma codes, with no colour. */
export class ZonePlatePattern implements Pattern {
  readonly size: PictureSize;
  readonly moving: boolean = true;
  readonly #phasePerFrame: number;
  readonly #rows: Uint16Array[];
  readonly #rowPhases: Float64Array;

  /**
   * Makes the table of rows.
   *
   * @param phasePerFrame cycles that the rings move per frame, -0.5 to 0.5; positive moves them inwards, 0 stands
   * still.
   * @throws {RangeError} if `phasePerFrame` is out of range.
   */
  constructor(size: PictureSize, phasePerFrame: number) {
    checkPictureSize(size);
    if (!(phasePerFrame >= -0.5 && phasePerFrame <= 0.5)) {
      throw new RangeError(
        `Test pattern option "phasePerFrame" is ${phasePerFrame}: it must be a number from -0.5 to 0.5 cycles`,
      );
    }
    this.size = { width: size.width, height: size.height };
    this.#phasePerFrame = phasePerFrame;
    this.#rows = makeRows(size.width);
    this.#rowPhases = new Float64Array(size.height);
    for (let row = 0; row < size.height; row++) {
      this.#rowPhases[row] = distancePhase(row, size.height, size.width) * phaseCount;
    }
  }

  render(frameNumber: number, words: Uint16Array): void {
    const { width, height } = this.size;
    const planes = picturePlanes(words, this.size);
    const rows = this.#rows;
    const phases = this.#rowPhases;
    const framePhase = ((frameNumber * this.#phasePerFrame) % 1) * phaseCount;
    for (let row = 0; row < height; row++) {
      const phase = Math.round(phases[row] + framePhase) & (phaseCount - 1);
      planes.y.set(rows[phase], row * width);
    }
    planes.cb.fill(512);
    planes.cr.fill(512);
  }
}

/** Cycles that a column or row adds: the square of its distance from the centre over twice the picture's width. */
function distancePhase(index: number, count: number, width: number): number {
  const distance = index - (count - 1) / 2;
  return (distance * distance) / (2 * width);
}

function makeRows(width: number): Uint16Array[] {
  const wave = Uint16Array.from({ length: waveCount }, (_, index) => {
    return Math.round(middle + amplitude * Math.cos((2 * Math.PI * index) / waveCount));
  });
  const columns = Uint32Array.from({ length: width }, (_, column) => {
    return Math.round((distancePhase(column, width, width) % 1) * waveCount);
  });
  const all = new Uint16Array(phaseCount * width);
  const rows: Uint16Array[] = [];
  for (let phase = 0; phase < phaseCount; phase++) {
    const row = all.subarray(phase * width, (phase + 1) * width);
    const shift = phase * (waveCount / phaseCount);
    for (let column = 0; column < width; column++) row[column] = wave[(columns[column] + shift) & (waveCount - 1)];
    rows.push(row);
  }
  return rows;
}
