/**
 * The HTTP server: hands out the page and takes its WebSocket connections.
 *
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { CLIENT_MESSAGE_BYTES_MAX } from "./client_message.ts";
import { PAGE_FILES } from "./page.gen.ts";
import { refusalOf } from "./request_guard.ts";

/** Path of the WebSocket. */
export const STREAM_PATH = "/stream";

const HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** What the server tells. */
export interface PageServerEvents {
  /** A page has connected. Answer `false` to refuse it: there are too many. */
  mayConnect(): boolean;
  connected(socket: WebSocket): void;
  /** A request was refused. */
  refused(): void;
}

/** Serves the page of one display. */
export class PageServer {
  readonly #host: string;
  readonly #events: PageServerEvents;
  readonly #server: Server;
  readonly #sockets: WebSocketServer;

  /**
   * @param host Address to listen on.
   * @param events Gets what happens.
   */
  constructor(host: string, events: PageServerEvents) {
    this.#host = host;
    this.#events = events;
    this.#sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: CLIENT_MESSAGE_BYTES_MAX,
    });
    this.#server = createServer((request, response) => this.#answer(request, response));
    this.#server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
    this.#server.on("clientError", (_error, socket) => socket.destroy());
  }

  /**
   * Begins to listen.
   *
   * @param port 0: any free one.
   * @returns The port. Rejects with one sentence if that is not possible.
   */
  listen(port: number): Promise<number> {
    const where = `Cannot serve the page on ${this.#host} port ${port}`;
    return new Promise((resolve, reject) => {
      this.#server.once("error", (error: Error & { code?: string }) => {
        reject(new Error(`${where}: ${reasonOf(error)}`, { cause: error }));
      });
      this.#server.listen({ port, host: this.#host, exclusive: true }, () => {
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  /** Takes no further connection and ends those of HTTP. WebSockets are ended by their sessions. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const refusal = refusalOf({ host: request.headers.host }, this.#host);
    if (refusal) {
      this.#events.refused();
      return send(response, 403, `Refused: ${refusal}.`);
    }
    if (request.method !== "GET" && request.method !== "HEAD") return send(response, 405, "Only GET is served here.");
    const path = (request.url ?? "/").split("?")[0];
    const file = Object.hasOwn(PAGE_FILES, path) ? PAGE_FILES[path] : undefined;
    if (!file) return send(response, 404, "There is nothing here; the display is at /.");
    response.writeHead(200, { ...HEADERS, "content-type": file.type });
    response.end(request.method === "HEAD" ? undefined : file.text);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Uint8Array): void {
    socket.on("error", () => socket.destroy());
    const { host, origin } = request.headers;
    const isStream = (request.url ?? "").split("?")[0] === STREAM_PATH;
    const refusal = refusalOf({ host, origin }, this.#host);
    if (!isStream) return refuse(socket, 404, "There is nothing here.");
    if (refusal) {
      this.#events.refused();
      return refuse(socket, 403, `Refused: ${refusal}.`);
    }
    if (!this.#events.mayConnect()) {
      this.#events.refused();
      return refuse(socket, 503, "Too many pages are open.");
    }
    // deno-lint-ignore no-explicit-any
    this.#sockets.handleUpgrade(request, socket, head as any, (connection) => this.#events.connected(connection));
  }
}

function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { ...HEADERS, "content-type": "text/plain; charset=utf-8" });
  response.end(`${text}\n`);
}

function refuse(socket: Duplex, status: number, text: string): void {
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `Content-Length: ${text.length + 1}\r\n\r\n${text}\n`,
  );
}

function reasonOf(error: Error & { code?: string }): string {
  switch (error.code) {
    case "EADDRINUSE":
      return "the port is in use; give another one, or 0 for any that is free";
    case "EACCES":
    case "EPERM":
      return "this user may not open that port; give one from 1024 up, or 0 for any that is free";
    case "EADDRNOTAVAIL":
    case "EINVAL":
      return "this machine has no such address; give one of its own, for example 127.0.0.1";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "there is no such host name; give an address of this machine, for example 127.0.0.1";
    default:
      return error.message;
  }
}
