/**
 * Actors written as text, in child processes that the operating system locks down before the text is loaded.
 *
 * ```ts
 * import { actorFromSource } from "@streamlib/sandbox";
 *
 * const text = `
 *   import { Actor, type ActorSpec, registerActor } from "@streamlib/core";
 *   @registerActor({ name: "Nothing", module: import.meta.url })
 *   export class Nothing extends Actor {
 *     static readonly spec: ActorSpec<{}> = { description: "Does nothing, 60 times a second." };
 *     process(): void {}
 *   }`;
 * const actor = await actorFromSource(text);
 * await actor.stop();
 * ```
 *
 * @module
 */
export { actorFromSource, type SourceOptions } from "./actor_from_source.ts";
export { type Grant, sandboxProblem } from "./grant.ts";
