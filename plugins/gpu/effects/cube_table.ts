/**
 * Tables of colours, and the `.cube` files that they come in (Adobe, Cube LUT Specification 1.0).
 *
 * @module
 */
import { StreamError } from "@streamlib/core";

/** A table with `edge` entries along each side. */
export interface ColorTable {
  /** 2 to 129. */
  readonly edge: number;
  /** R, G, B, 1 of each entry; red runs fastest. */
  readonly entries: Float32Array<ArrayBuffer>;
}

const EDGE_MAX = 129;
/** Lines of the file that say nothing of colours. */
const PASSED_OVER = /^(?:TITLE|LUT_3D_INPUT_RANGE\s+0(?:\.0*)?\s+1(?:\.0*)?\s*$)/;

/**
 * A table of numbers in a row: R, G, B of each entry, red fastest.
 *
 * @param what Where they come from, for messages.
 * @throws {StreamError} `option-invalid` if they are no table.
 */
export function colorTable(numbers: readonly number[], what: string): ColorTable {
  const edge = Math.round(Math.cbrt(numbers.length / 3));
  if (numbers.length !== 3 * edge ** 3 || edge < 2 || edge > EDGE_MAX) {
    throw new StreamError(
      "option-invalid",
      `${what} has ${numbers.length} numbers: 3 for each of n × n × n colours are right, with n from 2 to ${EDGE_MAX}`,
    );
  }
  const entries = new Float32Array(4 * edge ** 3);
  for (let i = 0; i < edge ** 3; i++) entries.set([numbers[3 * i], numbers[3 * i + 1], numbers[3 * i + 2], 1], 4 * i);
  return { edge, entries };
}

/**
 * Reads the text of a `.cube` file with a table of three dimensions over 0 to 1.
 *
 * @param what The file, for messages.
 * @throws {StreamError} `option-invalid` naming the line.
 */
export function parseCube(text: string, what: string): ColorTable {
  const numbers: number[] = [];
  let edge: number | undefined;
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
  for (const [index, raw] of lines.entries()) {
    const line = raw.trim();
    const refuse = (why: string): StreamError =>
      new StreamError("option-invalid", `${what}, line ${index + 1}: ${why}: ${JSON.stringify(line.slice(0, 80))}`);
    if (line === "" || line.startsWith("#") || PASSED_OVER.test(line)) continue;
    const [word, ...rest] = line.split(/\s+/);
    const values = rest.map(Number);
    if (word === "LUT_3D_SIZE") {
      edge = values[0];
      if (values.length !== 1 || !Number.isInteger(edge) || edge < 2 || edge > EDGE_MAX) {
        throw refuse(`a size from 2 to ${EDGE_MAX} is right`);
      }
    } else if (word === "DOMAIN_MIN" || word === "DOMAIN_MAX") {
      const right = word === "DOMAIN_MIN" ? 0 : 1;
      if (values.length !== 3 || values.some((value) => value !== right)) {
        throw refuse("only tables over 0 to 1 are taken");
      }
    } else if (word === "LUT_1D_SIZE") throw refuse("this is a table of one dimension, three are needed");
    else {
      const colour = [word, ...rest].map(Number);
      if (colour.length !== 3 || !colour.every(Number.isFinite)) throw refuse("three numbers, R G B, are right");
      numbers.push(...colour);
    }
  }
  if (edge === undefined) throw new StreamError("option-invalid", `${what}: it has no LUT_3D_SIZE`);
  if (numbers.length !== 3 * edge ** 3) {
    throw new StreamError(
      "option-invalid",
      `${what}: it has ${numbers.length / 3} colours, its size ${edge} needs ${edge ** 3}`,
    );
  }
  return colorTable(numbers, what);
}
