/**
 * Parameters of effects as options of actors, and their values.
 *
 * @module
 */
import { z } from "zod";
import type { Effect, EffectParameter } from "./effect.ts";

/** What people give for a parameter: a number, a number for each component, or the name of a value. */
export type EffectValue = number | string | readonly number[];

/** Numbers of a parameter. */
const COMPONENTS: Readonly<Record<EffectParameter["type"], number>> = { float: 1, int: 1, vec2: 2, vec3: 3 };

/** The schema of each parameter by name, with its default. */
export function parameterShape(parameters: readonly EffectParameter[]): Record<string, z.ZodType> {
  return Object.fromEntries(
    parameters.map((parameter) => {
      const initial = shown(parameter);
      return [parameter.name, schemaOf(parameter).default(initial as never).describe(parameter.summary)];
    }),
  );
}

/** Whether a value may be given for a parameter; if not, what is right. */
export function objectionTo(parameter: EffectParameter, value: unknown): string | undefined {
  const { type, min, max, values } = parameter;
  if (schemaOf(parameter).safeParse(value).success) return undefined;
  if (values) return `${values.join(", ")} are right`;
  const kind = type === "int" ? "an integer" : type === "float" ? "a number" : `${COMPONENTS[type]} numbers, each`;
  return `${kind} from ${min} to ${max} is right`;
}

/** The numbers of a value that was checked. */
export function numbersOf(parameter: EffectParameter, value: EffectValue): readonly number[] {
  if (typeof value === "string") return [parameter.min + (parameter.values?.indexOf(value) ?? 0)];
  return typeof value === "number" ? [value] : value;
}

/** The parameters that an effect's actor has as options. */
export function choosable(effect: Effect, except: readonly string[]): readonly EffectParameter[] {
  return effect.parameters.filter(({ name }) => !except.includes(name));
}

function schemaOf({ type, min, max, values }: EffectParameter): z.ZodType {
  if (values) return z.enum(values as [string, ...string[]]);
  const one = (type === "int" ? z.int() : z.number()).min(min).max(max);
  return COMPONENTS[type] === 1 ? one : z.array(one).length(COMPONENTS[type]);
}

function shown({ initial, values, min }: EffectParameter): EffectValue {
  if (values) return values[initial[0] - min];
  return initial.length === 1 ? initial[0] : initial;
}
