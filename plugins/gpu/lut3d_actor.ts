/** The actor of effect `lut-3d`. */
import { type ActorSpec, messageOf, optionsFrom, registerActor, StreamError } from "@streamlib/core";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { type ColorTable, colorTable, parseCube } from "./effects/cube_table.ts";
import type { Effect } from "./effects/effect.ts";
import { EffectActor, effectInputs, effectOutputs, type EffectTypes } from "./effects/effect_actor.ts";
import { choosable, parameterShape } from "./effects/effect_options.ts";
import { lut3dEffect } from "./effects/lut3d.ts";

/** Options of {@link Lut3dActor}. One of `file` and `table` must be given. */
export interface Lut3dOptions {
  /** Path of a `.cube` file with a table of three dimensions over 0 to 1. */
  readonly file?: string | undefined;
  /** R, G, B of n × n × n colours in a row, red fastest, n from 2 to 129. */
  readonly table?: readonly number[] | undefined;
  /** How much of it, 0 to 1; 0 is the picture as it was. Can be set while it runs. Default 1. */
  readonly amount?: number;
}

const options = z.strictObject({
  file: z.string().min(1).optional().describe("path of a .cube file; this or table"),
  table: z.array(z.number()).optional().describe("R, G, B of n * n * n colours, red fastest; this or file"),
  ...parameterShape(choosable(lut3dEffect, ["edge"])),
}).refine((given) => (given.file === undefined) !== (given.table === undefined), {
  message: "give file or table, and one only",
  path: ["file"],
});

/** Replaces colours by those of a table; between its entries it goes by tetrahedra. */
@registerActor({ name: "Lut3d", module: import.meta.url })
export class Lut3dActor extends EffectActor<Lut3dOptions> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<EffectTypes<Lut3dOptions>> = {
    description: "Replaces colours by those of a table, on the GPU",
    inputs: effectInputs,
    outputs: effectOutputs,
    options: optionsFrom(options),
  };

  /** What it runs. */
  protected override readonly effect: Effect = lut3dEffect;
  #edge = 2;

  /** The table's size belongs to the table. */
  protected override fixed(): Readonly<Record<string, number>> {
    return { edge: this.#edge };
  }

  /** Reads the table. */
  protected override async table(): Promise<Float32Array> {
    const { edge, entries } = await this.#read();
    this.#edge = edge;
    return entries;
  }

  async #read(): Promise<ColorTable> {
    const { file, table } = this.options;
    if (file === undefined) return colorTable(table!, `Cannot start ${this.label}: option table`);
    const what = `Cannot start ${this.label}: file "${file}"`;
    let text: string;
    try {
      text = await readFile(file, "utf8");
    } catch (thrown) {
      throw new StreamError("option-invalid", `${what}: ${messageOf(thrown)}`, { cause: thrown });
    }
    return parseCube(text, what);
  }
}
