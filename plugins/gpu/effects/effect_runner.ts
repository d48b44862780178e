/**
 * Runs the passes of an effect on a device.
 *
 * @module
 */
import type { Gpu, GpuBinding, GpuFrame, GpuLoan, GpuThing, GpuWork } from "@streamlib/core";
import { compileEffect, type Effect, EFFECT_GROUP_PIXELS, type EffectFormat, type EffectPass } from "./effect.ts";

type Pipeline = ReturnType<Gpu["pipeline"]>;
type Image = ReturnType<Gpu["image"]>;
type Buffer = ReturnType<Gpu["buffer"]>;

/** Columns and rows. */
interface Size {
  readonly width: number;
  readonly height: number;
}

/** Where a parameter lies in the push constants of a pass. */
interface Member {
  readonly name: string;
  readonly offset: number;
  readonly isInteger: boolean;
}

/** A pass with all that it needs. */
interface Pass {
  readonly pass: EffectPass;
  readonly pipeline: Pipeline;
  readonly members: readonly Member[];
  readonly push: DataView<ArrayBuffer>;
  /** Things are filled in when it runs. */
  readonly bindings: (GpuBinding & { thing?: GpuThing })[];
  readonly groups: [number, number, number];
  /** What it writes; undefined for the last pass. */
  image: Image | undefined;
}

const INPUT = "input";

/** An effect on a device, for results of one format. Images between its passes are made anew when sizes change. */
export class EffectRunner {
  readonly #gpu: Gpu;
  readonly #passes: readonly Pass[];
  readonly #byName: ReadonlyMap<string, Pass>;
  #from: Size = { width: 0, height: 0 };
  #to: Size = { width: 0, height: 0 };

  private constructor(gpu: Gpu, passes: readonly Pass[]) {
    this.#gpu = gpu;
    this.#passes = passes;
    this.#byName = new Map(passes.map((pass) => [pass.pass.name, pass]));
  }

  /**
   * Compiles an effect.
   *
   * @param table For effects whose passes have one: what binding 2 is.
   * @throws {ShaderError} If a pass does not compile.
   * @throws {StreamError} `gpu-refused` if the device cannot write images of this format.
   */
  static async open(gpu: Gpu, effect: Effect, format: EffectFormat, table?: Buffer): Promise<EffectRunner> {
    const compiled = await compileEffect(effect, format);
    const sampler = gpu.sampler("linear", "clamp");
    return new EffectRunner(
      gpu,
      compiled.map(({ pass, shader }): Pass => {
        const { pushConstants } = gpu.reflect(shader.words);
        const push = new DataView(new ArrayBuffer(pushConstants?.bytes ?? 0));
        const members = (pushConstants?.members ?? []).map(({ name, offset, base }) => ({
          name,
          offset,
          isInteger: base === "int",
        }));
        for (const member of members) put(push, member, pass.constants?.[member.name] ?? []);
        const bindings: Pass["bindings"] = [{ binding: 0, sampler }, { binding: 1 }];
        if (pass.other !== undefined) bindings.push({ binding: 2, sampler });
        if (pass.table && table) bindings.push({ binding: 2, thing: table });
        const pipeline = gpu.pipeline(shader.words, { entryPoint: shader.entryPoint });
        return { pass, pipeline, members, push, bindings, groups: [1, 1, 1], image: undefined };
      }),
    );
  }

  /** Sets a parameter in every pass that has it: a number for each component. */
  set(name: string, numbers: readonly number[]): void {
    for (const { members, push } of this.#passes) {
      for (const member of members) if (member.name === name) put(push, member, numbers);
    }
  }

  /** Records all passes. */
  run(work: GpuWork, frame: GpuFrame, loan: GpuLoan): void {
    this.#fit(frame.format, loan.format);
    for (const { pass, pipeline, push, bindings, groups, image } of this.#passes) {
      bindings[0].thing = this.#pictureOf(pass.picture, frame);
      bindings[1].thing = image ?? loan;
      if (pass.other !== undefined) bindings[2].thing = this.#pictureOf(pass.other, frame);
      work.dispatch({ pipeline, groups, bindings, ...(push.byteLength > 0 ? { push } : {}) });
    }
  }

  #pictureOf(name: string, frame: GpuFrame): GpuThing {
    return name === INPUT ? frame : this.#byName.get(name)!.image!;
  }

  #fit(from: Size, to: Size): void {
    if (isSame(from, this.#from) && isSame(to, this.#to)) return;
    this.#from = { width: from.width, height: from.height };
    this.#to = { width: to.width, height: to.height };
    const sizes = new Map<string, Size>([[INPUT, from]]);
    for (const [index, one] of this.#passes.entries()) {
      const size = sizeOf(one.pass, sizes.get(one.pass.picture)!, to);
      sizes.set(one.pass.name, size);
      one.groups[0] = Math.ceil(size.width / EFFECT_GROUP_PIXELS);
      one.groups[1] = Math.ceil(size.height / EFFECT_GROUP_PIXELS);
      if (index === this.#passes.length - 1) continue;
      one.image?.close();
      one.image = this.#gpu.image(size.width, size.height, "rgba16-float");
    }
  }
}

function sizeOf({ size = "result" }: EffectPass, picture: Size, to: Size): Size {
  if (size === "half") return { width: Math.ceil(to.width / 2), height: Math.ceil(to.height / 2) };
  return { width: to.width, height: size === "result-width" ? picture.height : to.height };
}

function isSame(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}

function put(push: DataView, { offset, isInteger }: Member, numbers: readonly number[]): void {
  numbers.forEach((number, at) => {
    if (isInteger) push.setInt32(offset + 4 * at, number, true);
    else push.setFloat32(offset + 4 * at, number, true);
  });
}
