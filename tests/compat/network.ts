/**
 * Sockets of `node:dgram` and `node:net`.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { behaviour, difference, type Topic } from "./behaviour.ts";
import { endOf, inFolder, PRINT_IF_HELD, runScript, startScript, writeModule } from "./script.ts";

/** How a bind went: `bound`, or the system's name of the error that came as an event. */
async function bind(socket: Socket, port: number, address: string): Promise<string> {
  const answer = new Promise<string>((resolve) => {
    socket.once("error", (error) => resolve((error as NodeJS.ErrnoException).code ?? error.message));
    socket.once("listening", () => resolve("bound"));
  });
  socket.bind({ port, address, exclusive: true });
  return await answer;
}

function close(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()));
}

/** See {@linkcode TOPICS}. */
export const NETWORK: Topic = {
  title: "Sockets",
  entries: [
    behaviour("A UDP port that is taken, or an address of no interface, is an `error` event with the system's code", {
      reliedOnBy: ["core/transport/udp_bind.ts", "core/transport/port_registry.ts"],
    }, async () => {
      const sockets = [0, 1, 2, 3].map(() => createSocket({ type: "udp4", reuseAddr: false }));
      assert.equal(await bind(sockets[0], 0, "127.0.0.1"), "bound");
      const { port } = sockets[0].address();
      assert.equal(await bind(sockets[1], port, "127.0.0.1"), "EADDRINUSE");
      assert.equal(await bind(sockets[2], 0, "192.0.2.1"), "EADDRNOTAVAIL");
      await close(sockets[0]);
      assert.equal(await bind(sockets[3], port, "127.0.0.1"), "bound");
      for (const socket of sockets.slice(1)) await close(socket);
    }),
    behaviour("A UDP socket after unref() before it is bound lets the process end", {
      reliedOnBy: ["core/transport/udp_bind.ts"],
    }, async () => {
      const { out } = await runScript(`
        import { createSocket } from "node:dgram";
        const socket = createSocket("udp4");
        socket.unref();
        await new Promise((resolve) => socket.bind(0, "127.0.0.1", resolve));
        console.log("bound");
        ${PRINT_IF_HELD}`);
      assert.equal(out, "bound");
    }),
    difference("A UDP socket after unref() when it is bound", {
      deno: "holds the process",
      bun: "lets it end",
      mayGo: "the rule that unref() comes before bind()",
      reliedOnBy: ["core/transport/udp_bind.ts"],
    }, async () => {
      const { out } = await runScript(`
        import { createSocket } from "node:dgram";
        const socket = createSocket("udp4");
        await new Promise((resolve) => socket.bind(0, "127.0.0.1", resolve));
        socket.unref();
        ${PRINT_IF_HELD}`);
      return out === "held" ? "holds the process" : "lets it end";
    }),
    behaviour("A server at a path, and what it accepts, let the process end after unref()", {
      reliedOnBy: ["core/attach/listen.ts"],
    }, () =>
      inFolder(async (folder) => {
        const path = join(folder, "socket");
        writeModule(
          folder,
          "server.mjs",
          `import { createServer } from "node:net";
          const server = createServer((socket) => {
            socket.unref();
            socket.on("data", () => {});
            console.log("accepted");
            clearInterval(held);
            ${PRINT_IF_HELD.replace("await import", "process.getBuiltinModule").replaceAll("\n", " ")}
          });
          const held = setInterval(() => {}, 1000);
          server.unref();
          server.listen(${JSON.stringify(path)}, () => { server.unref(); console.log("listens"); });`,
        );
        const server = startScript(join(folder, "server.mjs"));
        const ended = endOf(server);
        await once(server.stdout!, "data");
        const socket = connect(path).on("error", () => {});
        const { out, code } = await ended;
        socket.destroy();
        assert.deepEqual([out, code], ["listens\naccepted", 0]);
      })),
    behaviour("Connecting to a path where nobody listens any more is an `error` event", {
      reliedOnBy: ["core/attach/listen.ts", "cli/attach/programs.ts"],
    }, () =>
      inFolder(async (folder) => {
        const path = join(folder, "socket");
        const source = `import { createServer } from "node:net";
          createServer().listen(process.argv[2], () => process.kill(process.pid, "SIGKILL"));`;
        await runScript(source, [path]);
        assert.ok(existsSync(path), "the killed server left no socket behind");
        const told = await new Promise((resolve) =>
          connect(path).on("error", (error) => resolve((error as NodeJS.ErrnoException).code)).on("connect", resolve)
        );
        assert.equal(told, "ECONNREFUSED");
      })),
  ],
};
