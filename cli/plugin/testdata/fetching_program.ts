/** Fetches a plugin: its arguments are the folder of the lock file and the store. */
import process from "node:process";
import { fetchPlugin } from "../fetch_plugin.ts";
import { parsePluginSpecifier } from "../plugin_specifier.ts";

const [folder, store] = process.argv.slice(2);
const specifier = parsePluginSpecifier("npm:@me/glow", folder);
if (specifier.kind !== "registry") throw new Error("It is a package of a registry");
await fetchPlugin("npm:@me/glow", specifier.source, { folder, store }, ({ path }) => Promise.resolve(path));
