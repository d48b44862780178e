/**
 * A program with a shader that never ends, one actor beside it on its device, one chain on another device, and a
 * supervised chain on the first. Tells what became of them, and ends without the exit handlers of the driver, which
 * might never return.
 *
 * @module
 */
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { type Actor, GpuDispatcher, Supervisor } from "@streamlib/core";
import { ShaderEffectActor } from "../mod.ts";
import { GpuView } from "./picture_actors.ts";

const index = Number(process.argv[2]);
const held = new GpuDispatcher({ device: { index }, waitMs: 300 });
const other = new GpuDispatcher({ device: { index } });
const PLAIN = "vec4 effect(vec2 at) { return vec4(at, 0.0, 1.0); }";
const ENDLESS = `uniform int most = 2000000000;
vec4 effect(vec2 at) {
  float x = at.x;
  for (int i = 0; i < most; i++) for (int j = 0; j < most; j++) for (int k = 0; k < most; k++) x = fract(x * 3.7 + 0.1);
  return vec4(x);
}`;
const size = { width: 64, height: 64, rate: 50 };

interface Chain {
  readonly source: ShaderEffectActor;
  readonly view: GpuView;
}

function chain(dispatcher: GpuDispatcher, supervisor?: Supervisor): Chain {
  const given = { dispatcher, ...(supervisor ? { supervisor } : {}) };
  const source = new ShaderEffectActor({ ...given, ...size, source: PLAIN });
  return { source, view: source.pipe(new GpuView(given)) };
}

async function codeOf(actor: Actor): Promise<string> {
  try {
    await actor.ended;
    return "nothing";
  } catch (error) {
    return String(((error as Error).cause as { code?: unknown } | undefined)?.code);
  }
}

async function sees(view: GpuView, more: number): Promise<boolean> {
  const before = view.stats.inputs.video.read;
  while (view.stats.inputs.video.read < before + more) await setTimeout(5);
  return true;
}

const beside = chain(held);
const elsewhere = chain(other);
const supervisor = new Supervisor({ maxRestarts: 5, withinMs: 60_000, backoff: { firstMs: 1, maxMs: 10 } });
const supervised = chain(held, supervisor);
let restarts = 0;
supervisor.on("restarted", () => restarts++);
await Promise.all([beside, elsewhere, supervised].flatMap(({ source, view }) => [source.ready, view.ready]));
// Those that end are told below.
const codes = [codeOf(beside.source as unknown as Actor), codeOf(beside.view as unknown as Actor)];
const endless = new ShaderEffectActor({ dispatcher: held, ...size, source: ENDLESS });
const endlessCode = await codeOf(endless as unknown as Actor);
const besideCodes = new Set(await Promise.all(codes));
const goesOnElsewhere = await sees(elsewhere.view, 3);
await sees(supervised.view, 3);
const report = {
  endless: endlessCode,
  besideOnItsDevice: [...besideCodes].join(", "),
  elsewhere: elsewhere.view.state,
  goesOnElsewhere,
  supervised: supervised.view.state,
  restarted: restarts > 0,
};
await new Promise<void>((resolve) => process.stdout.write(`report ${JSON.stringify(report)}\n`, () => resolve()));
process.kill(process.pid, "SIGKILL");
