/**
 * A program that asks for GPUs, the second time with the validation layer, and tells the errors.
 *
 * @module
 */

import { load } from "../mod.ts";

const native = load();
for (const call of [() => native.gpu.list(), () => native.gpu.open({ validate: true })]) {
  try {
    call();
    console.log("nothing");
  } catch (error) {
    console.log(`${(error as { code?: unknown }).code}: ${(error as Error).message}`);
  }
}
