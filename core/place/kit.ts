/**
 * What packages of streamlib need that make places of their own. Not for programs: it may change with every version.
 *
 * @module
 */
export { leaveAttachToHome } from "../attach/attach.ts";
export { makeGuest } from "./guest.ts";
export { Place, type Transport } from "./place.ts";
export { PlaceHost, type PlaceInit } from "./place_host.ts";
export { PlacePool } from "./place_pool.ts";
export { fromPlain, type PlainError, toPlain } from "./plain_error.ts";
export type { FromPlace, ToPlace } from "./protocol.ts";
export { RemoteCell } from "./remote_cell.ts";
export { runArguments } from "./run_arguments.ts";
export { thisBell } from "../ring/this_bell.ts";
export { type CellInit } from "../actor/cell_init.ts";
export { type Cell } from "../actor/cell.ts";
export { parseOptions } from "../options.ts";
