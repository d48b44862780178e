/**
 * Metrics as one page of a server that a program has anyhow; asks it once and ends.
 *
 * @module
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Metrics } from "@streamlib/metrics";

using metrics = new Metrics({ latency: "all" });
const server = createServer((_request, response) => {
  response.setHeader("content-type", "text/plain; version=0.0.4; charset=utf-8");
  response.end(metrics.text());
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = server.address() as AddressInfo;
console.log(await (await fetch(`http://127.0.0.1:${port}/`)).text());
server.close();
server.closeAllConnections();
