/**
 * What the command line needs to know of an option's JSON Schema.
 *
 * @module
 */
import type { JsonSchema } from "@streamlib/core";

/** Own properties by name. */
export function propertiesOf(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  return (schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>;
}

/** Whether only the named properties may be there. */
export function isClosed(schema: JsonSchema): boolean {
  return schema.additionalProperties === false;
}

/** The schema without `$ref` to its root's definitions, and each of its alternatives. */
export function alternativesOf(schema: JsonSchema, root: JsonSchema, depth = 0): JsonSchema[] {
  if (depth > 8) return [schema];
  if (typeof schema.$ref === "string") {
    const name = /^#\/\$defs\/(.+)$/.exec(schema.$ref)?.[1];
    const target = name === undefined ? undefined : (root.$defs as Record<string, JsonSchema> | undefined)?.[name];
    return target ? alternativesOf(target, root, depth + 1) : [{}];
  }
  const several = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(several)) return several.flatMap((one) => alternativesOf(one as JsonSchema, root, depth + 1));
  if (Array.isArray(schema.type)) return schema.type.map((type) => ({ ...schema, type }));
  return [schema];
}

/** The schema of what stands under `key` in an object of this schema; `undefined` if nothing may. */
export function memberSchema(schema: JsonSchema, key: string, root: JsonSchema): JsonSchema | undefined {
  for (const one of alternativesOf(schema, root)) {
    const properties = propertiesOf(one);
    if (Object.hasOwn(properties, key)) return properties[key];
    if (one.type !== undefined && one.type !== "object" || isClosed(one)) continue;
    return typeof one.additionalProperties === "object" ? one.additionalProperties as JsonSchema : {};
  }
  return undefined;
}

/** Names that may stand in an object of this schema. */
export function namesIn(schema: JsonSchema, root: JsonSchema): string[] {
  return alternativesOf(schema, root).flatMap((one) => Object.keys(propertiesOf(one)));
}
