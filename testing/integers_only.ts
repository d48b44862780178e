/**
 * Options that are integers, all with a default.
 *
 * @module
 */
import type { OptionsSchema } from "@streamlib/core";

/** One option. */
export interface IntegerOption {
  readonly minimum: number;
  readonly maximum: number;
  readonly default: number;
  readonly description: string;
}

/** A schema of these options. */
export function integersOnly<O>(
  properties: Readonly<Record<keyof O & string, IntegerOption>>,
): OptionsSchema<Required<O>> {
  const known = Object.entries<IntegerOption>(properties);
  return {
    validate(given) {
      const issues = Object.entries(given as Record<string, unknown>).flatMap(([path, value]) => {
        const option = known.find(([name]) => name === path)?.[1];
        if (option === undefined) return [{ path, message: "this actor has no such option" }];
        const { minimum, maximum } = option;
        if (Number.isInteger(value) && value as number >= minimum && value as number <= maximum) return [];
        return [{ path, message: `must be an integer from ${minimum} to ${maximum}` }];
      });
      const defaults = Object.fromEntries(known.map(([name, option]) => [name, option.default]));
      return issues.length > 0 ? { issues } : { value: { ...defaults, ...given as object } as Required<O> };
    },
    toJSONSchema: () => ({
      type: "object",
      properties: Object.fromEntries(known.map(([name, option]) => [name, { type: "integer", ...option }])),
      additionalProperties: false,
    }),
  };
}
