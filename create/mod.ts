/**
 * Makes a new streamlib project: a plugin with an actor, a plugin with native code, or an app.
 *
 * ```ts
 * import { scaffold } from "@streamlib/create";
 *
 * const { folder, next } = scaffold({ name: "@me/glow", template: "actor-plugin" });
 * console.log(folder, next);
 * ```
 *
 * @module
 */
export { runCreate, type Terminal } from "./command.ts";
export { CreateError, type CreateErrorCode } from "./create_error.ts";
export { scaffold, type Scaffolded, type ScaffoldOptions } from "./scaffold.ts";
export { type TemplateName, templateNames, templateSummaries } from "./template_words.ts";
