/**
 * The first program of a sandboxed process: walls itself in and becomes the second one.
 *
 * @module
 */
import process from "node:process";
import { load } from "@streamlib/ffi";
import type { EnterInit } from "./wire.ts";

const init = JSON.parse(process.argv[2]) as EnterInit;
// The second program reads what it needs before the text is there; from then on nothing is opened.
load().sandbox.enter({ ...init, executable: ["/"], writable: ["/dev/null"] });
