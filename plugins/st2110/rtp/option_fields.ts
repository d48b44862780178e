/**
 * Options that several actors share.
 *
 * @module
 */
import type { z } from "zod";

/** A checker for each option, as an actor's `z.strictObject` takes them. */
export type OptionFields<O> = { readonly [K in keyof Required<O>]: z.ZodType<Required<O>[K]> };

/** Without what is undefined, so that defaults hold. */
export function given<O extends object>(options: O): Partial<O> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<O>;
}
