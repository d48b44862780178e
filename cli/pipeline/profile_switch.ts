/**
 * Turns profiling on before core is imported, which asks for it only then. Import this before anything else.
 *
 * @module
 */
import process from "node:process";

const [, , command, ...given] = process.argv;
if (command === "run" && given.includes("--profile")) process.env.STREAMLIB_PROFILE = "1";
