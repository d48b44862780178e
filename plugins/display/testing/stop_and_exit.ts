/**
 * A program for a test: shows something to a page that asks but never leaves, stops everything, and must then end by
 * itself.
 *
 * @module
 */
import { stopAll } from "@streamlib/core";
import { WebDisplayActor } from "../mod.ts";
import { PageClient, until } from "./page_client.ts";
import { QuadrantSourceActor } from "./quadrant_source.ts";

const source = new QuadrantSourceActor({ width: 64, height: 32 });
const display = source.pipe(new WebDisplayActor());
await display.ready;
const client = await PageClient.open((await display.address()).url);
client.ask();
await until(() => client.frames.length > 0, "no frame came");
client.ask();
await stopAll();
console.log(`stopped ${(await client.closed).code}`);
