/**
 * The endpoint that Prometheus scrapes.
 *
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { messageOf, StreamError } from "@streamlib/core";
import { CONTENT_TYPES, wantedFormat } from "./exposition.ts";
import { Metrics } from "./metrics.ts";
import { completeMetricsOptions, type MetricsOptions, wrong } from "./metrics_options.ts";

const WHAT = "Cannot serve metrics";
const TEXT = { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" };
/** A client that is slower is cut off: it keeps memory. */
const REQUEST_MS_MAX = 10_000;

/** Where metrics are served, and which. */
export interface ServeMetricsOptions extends MetricsOptions {
  /** TCP port, 0 for any that is free. Default 9464, which OpenTelemetry has for it. */
  readonly port?: number;
  /** Address to listen on. Default `127.0.0.1`: only this machine. There is no password; `0.0.0.0` is for all. */
  readonly host?: string;
  /** Path of the page. Default `/metrics`. */
  readonly path?: string;
}

/** An endpoint that is open. It does not keep the process alive. */
export interface MetricsServer extends AsyncDisposable {
  /** Where the metrics are, for example `http://127.0.0.1:9464/metrics`. */
  readonly url: string;
  /** The TCP port. */
  readonly port: number;
  /** Closes it with its connections; a second call does nothing. Resolves when the port is free. */
  close(): Promise<void>;
}

/**
 * Serves the metrics of this program as text for Prometheus; as OpenMetrics where the `Accept` header prefers that.
 *
 * Each scrape reads what the actors have counted anyhow, on this thread, at most every 100 ms. Without a scrape nothing
 * is done, but for the latencies of inputs: see {@linkcode MetricsOptions}.
 *
 * @throws {StreamError} Rejects with `option-invalid` for an option that cannot be, `resource` if the port or the address
 * cannot be had.
 */
export async function serveMetrics(options: ServeMetricsOptions = {}): Promise<MetricsServer> {
  const { latency, seriesMax } = completeMetricsOptions(WHAT, options, ["port", "host", "path"]);
  const { port = 9464, host = "127.0.0.1", path = "/metrics" } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw wrong(WHAT, "port", port, "an integer from 0 to 65535 is right");
  }
  if (typeof host !== "string" || host === "") {
    throw wrong(WHAT, "host", host, "an address of this machine is right, for example 127.0.0.1");
  }
  if (typeof path !== "string" || !/^\/[\w\-./~]*$/.test(path)) {
    throw wrong(WHAT, "path", path, "a path such as /metrics is right, of letters, digits and - . / _ ~");
  }
  const metrics = new Metrics({ latency, seriesMax });
  const server = createServer((request, response) => answer(request, response, path, metrics));
  server.requestTimeout = REQUEST_MS_MAX;
  server.on("clientError", (_error, socket) => socket.destroy());
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    socket.unref();
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  try {
    await listen(server, port, host);
  } catch (thrown) {
    metrics.close();
    throw new StreamError("resource", `${WHAT} on ${host} port ${port}: ${reasonOf(thrown)}`, { cause: thrown });
  }
  server.unref();
  const { port: bound } = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    metrics.close();
    return closed ??= new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
      for (const socket of sockets) socket.destroy();
    });
  };
  const authority = `${host.includes(":") ? `[${host}]` : host}:${bound}`;
  return { url: `http://${authority}${path}`, port: bound, close, [Symbol.asyncDispose]: close };
}

function answer(request: IncomingMessage, response: ServerResponse, path: string, metrics: Metrics): void {
  const say = (status: number, text: string): void => {
    response.writeHead(status, TEXT);
    response.end(`${text}\n`);
  };
  if (request.method !== "GET" && request.method !== "HEAD") return say(405, "Only GET is served here");
  if ((request.url ?? "/").split("?")[0] !== path) return say(404, `There is nothing here; the metrics are at ${path}`);
  const format = wantedFormat(request.headers.accept);
  let text: string;
  try {
    text = metrics.text(format);
  } catch (thrown) {
    return say(500, `Cannot read the metrics: ${messageOf(thrown)}`);
  }
  response.writeHead(200, { ...TEXT, "content-type": CONTENT_TYPES[format], "cache-control": "no-store" });
  response.end(request.method === "HEAD" ? undefined : text);
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host, exclusive: true }, () => {
      server.removeListener("error", reject);
      resolve();
    });
  });
}

function reasonOf(thrown: unknown): string {
  switch ((thrown as { code?: string }).code) {
    case "EADDRINUSE":
      return "the port is in use; give another one, or 0 for any that is free";
    case "EACCES":
    case "EPERM":
      return "this user may not open that port; give one from 1024 up, or 0 for any that is free";
    case "EADDRNOTAVAIL":
    case "EINVAL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "this machine has no such address; give one of its own, for example 127.0.0.1";
    default:
      return messageOf(thrown);
  }
}
