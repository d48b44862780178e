/**
 * Importing a module that is in no file.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import * as core from "@streamlib/core";
import { provideModules } from "@streamlib/ffi";

const SPECIFIER = "streamlib-sandbox:text";

/** Runs a module of TypeScript or JavaScript that is given as text. Rejects with what it throws. */
export async function importText(code: string): Promise<void> {
  const isProvided = provideModules({
    [SPECIFIER]: { contents: code, loader: "ts" },
    // Where the package is cannot be looked up any more.
    "@streamlib/core": { exports: core, loader: "object" },
  });
  if (isProvided) return void await import(SPECIFIER);
  // From such an address packages are found by the import map alone, and a program may have none.
  const found = code.replaceAll(/(["'])@streamlib\/core\1/g, JSON.stringify(import.meta.resolve("@streamlib/core")));
  await import(`data:application/typescript;base64,${Buffer.from(found).toString("base64")}`);
}
