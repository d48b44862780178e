/**
 * Options that several actors share.
 *
 * @module
 */
import type { Rate } from "@streamlib/core";
import { z } from "zod";

/** A checker for each option, as an actor's `z.strictObject` takes them. */
export type OptionFields<O> = { readonly [K in keyof Required<O>]: z.ZodType<Required<O>[K]> };

/** Checks frames per second, as options have them: a number, or a fraction. */
export const fpsField: z.ZodType<number | Rate | undefined> = z.union([
  z.number().positive(),
  z.strictObject({ num: z.int().positive(), den: z.int().positive() }),
]).optional();

/** Without what is undefined, so that defaults hold. */
export function given<O extends object>(options: O): Partial<O> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<O>;
}
