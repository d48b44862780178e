/**
 * Makes pictures darker.
 *
 * @module
 */
export * from "./dim_actor.ts";
