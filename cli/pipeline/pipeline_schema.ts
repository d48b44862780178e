/**
 * The JSON Schema of a pipeline's JSON form. `docs/public/pipeline.schema.json` is its published copy.
 *
 * @module
 */
import type { JsonSchema } from "@streamlib/core";
import { STAGES_MAX } from "./tree.ts";

const NAME = "^[A-Za-z][A-Za-z0-9_-]{0,63}$";
const END = "^[A-Za-z][A-Za-z0-9_-]{0,63}(\\.[A-Za-z][A-Za-z0-9_-]*){0,2}$";
const RATE = "[0-9]+(\\.[0-9]+)?(/[0-9]+)?";

function end(description: string): JsonSchema {
  return { type: "string", pattern: END, description };
}

/** JSON Schema, draft 2020-12. Options of an actor have schemas of their own: `streamlib inspect ACTOR --json`. */
export const PIPELINE_SCHEMA: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "streamlib pipeline",
  description: "Stages and the links between them; streamlib run -f FILE runs it",
  type: "object",
  required: ["stages"],
  additionalProperties: false,
  properties: {
    $schema: { type: "string", description: "Where this schema is, for editors" },
    plugins: {
      type: "array",
      description: "Plugins to import: npm:NAME@RANGE, jsr:@SCOPE/NAME@RANGE, an installed package, a path from here",
      items: { type: "string", pattern: "." },
    },
    stages: {
      type: "object",
      description: "Actors to make, by the name that the pipeline has for each",
      minProperties: 1,
      maxProperties: STAGES_MAX,
      propertyNames: { pattern: NAME },
      additionalProperties: { $ref: "#/$defs/stage" },
    },
    links: {
      type: "array",
      description: "From which output to which input; without a port, every type that fits once",
      items: { $ref: "#/$defs/link" },
    },
  },
  $defs: {
    stage: {
      type: "object",
      required: ["actor"],
      additionalProperties: false,
      properties: {
        actor: { type: "string", pattern: "^[A-Za-z][A-Za-z0-9_-]*$", description: "TestPattern or test-pattern" },
        options: { type: "object", description: "The actor's own options" },
        dispatcher: {
          type: "string",
          pattern: "^(loop|thread(=[A-Za-z][A-Za-z0-9_-]{0,63})?|process(=[A-Za-z][A-Za-z0-9_-]{0,63})?|gpu(=.+)?)$",
          description: "Where it lives; a name behind = is a thread or process that stages share, or a device's name",
        },
        clock: {
          description: "What beats for it: a rate, or virtual time",
          anyOf: [
            { type: "number", exclusiveMinimum: 0 },
            { type: "string", pattern: `^(${RATE}|lockstep(=${RATE})?)$` },
          ],
        },
        restart: {
          description: "That it is made anew when it fails: how often within 5 s; true is 3",
          anyOf: [{ const: true }, { type: "integer", minimum: 1, maximum: 1000 }],
        },
      },
    },
    link: {
      type: "object",
      required: ["from", "to"],
      additionalProperties: false,
      properties: {
        from: end("STAGE or STAGE.OUTPUT"),
        to: end("STAGE, STAGE.INPUT, STAGE.FAMILY or STAGE.FAMILY.MEMBER"),
        bridge: {
          type: "boolean",
          description: "Whether an actor is put between types that do not fit, as upload and download are",
        },
      },
    },
  },
};
