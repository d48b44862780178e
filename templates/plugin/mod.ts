/**
 * Makes pictures darker.
 *
 * @module
 */
export { DimActor, type DimOptions, type DimTypes } from "./dim_actor.ts";
