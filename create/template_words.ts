/**
 * The templates by name, and what each is called inside.
 *
 * @module
 */

/** Names of the templates. */
export type TemplateName = "actor-plugin" | "native-plugin" | "app";

/** What is told of each template, in the order in which they are offered. */
export const templateSummaries: Readonly<Record<TemplateName, string>> = {
  "actor-plugin": "a plugin: an actor in TypeScript, for JSR and npm",
  "native-plugin": "a plugin with native code in Zig, for npm",
  "app": "an app: a pipeline of actors that there are",
};

/** Names of the templates, in the order in which they are offered. */
export const templateNames: readonly TemplateName[] = Object.keys(
  templateSummaries,
) as TemplateName[];

/** What a template is called inside, which a project replaces by its own names. */
export interface TemplateWords {
  /** Name of its package. */
  readonly package: string;
  /** Name of its actor; `undefined` if it has none. */
  readonly actor?: string;
  /** The actor in names of files and C functions. */
  readonly snake?: string;
}

/** The words of each template. */
export const templateWords: Readonly<Record<TemplateName, TemplateWords>> = {
  "actor-plugin": { package: "@you/dim", actor: "Dim", snake: "dim_actor" },
  "native-plugin": {
    package: "@you/soft-clip",
    actor: "SoftClip",
    snake: "soft_clip",
  },
  "app": { package: "my-streamlib-app" },
};
