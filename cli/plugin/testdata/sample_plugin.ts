/** Plugins for tests, as the files of their packages. */
import { pathToFileURL } from "node:url";
import type { PackageFiles } from "./local_registry.ts";

/** What may differ. */
export interface SampleOptions {
  readonly name?: string;
  readonly version?: string;
  /** Name of the actor. */
  readonly actor?: string;
  /** Further members of `package.json`. */
  readonly manifest?: Readonly<Record<string, unknown>>;
  /** The module; default: one that registers the actor. */
  readonly module?: string;
}

/** The files of a plugin with a source that ends at once, linked or not. */
export function samplePlugin(options: SampleOptions = {}): PackageFiles {
  const { name = "@me/glow", version = "1.0.0", actor = "Glow", manifest = {}, module = moduleOf(actor) } = options;
  const dependencies = { "@streamlib/core": ">=0.1.0" };
  return {
    "package.json": JSON.stringify({ name, version, type: "module", exports: "./mod.js", dependencies, ...manifest }),
    "mod.js": module,
  };
}

/** A module in JavaScript, which has no decorators: what they would do is written out. */
export function moduleOf(actor: string): string {
  return `import { Actor, catalogue, output, registerActor, VideoFrame } from "@streamlib/core";
class Plain extends Actor {
  static spec = { description: "Glows", outputs: { video: output(VideoFrame) } };
  process() { this.finish(); }
}
const after = [];
const context = { kind: "class", name: "${actor}Actor", addInitializer: (one) => after.push(one), metadata: {} };
export const ${actor}Actor = registerActor({ name: "${actor}", module: import.meta.url })(Plain, context);
for (const one of after) one.call(${actor}Actor);
`;
}

/** Takes the actors of plugins in a folder out of the catalogue, which all tests of a process share. */
export function forgetActors(folder: string): void {
  const entries = (globalThis as unknown as Record<symbol, Map<string, { readonly module: string }>>)[CATALOGUE];
  for (const [name, { module }] of entries) if (module.startsWith(pathToFileURL(folder).href)) entries.delete(name);
}

const CATALOGUE = Symbol.for("@streamlib/core/catalogue/1");
