import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { isStreamError, stopAll } from "@streamlib/core";
import { serveMetrics, type ServeMetricsOptions } from "./serve_metrics.ts";
import { TellActor } from "./testdata/metric_actors.ts";
import { parseExposition } from "./testdata/parse_exposition.ts";

const timeout = 60_000;

afterEach(() => stopAll());

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

function ask(url: string, given: { method?: string; accept?: string; agent?: Agent } = {}): Promise<Answer> {
  const { method = "GET", accept, agent } = given;
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, ...(accept ? { headers: { accept } } : {}), ...(agent ? { agent } : {}) });
    asked.on("error", reject);
    asked.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => text += part);
      response.on(
        "end",
        () => resolve({ status: response.statusCode!, type: response.headers["content-type"]!, text }),
      );
    });
    asked.end();
  });
}

async function refused(options: unknown, code: string, message: RegExp): Promise<void> {
  await assert.rejects(serveMetrics(options as ServeMetricsOptions), (thrown) => {
    assert.ok(isStreamError(thrown), String(thrown));
    assert.equal(thrown.code, code);
    assert.match(thrown.message, message);
    return true;
  });
}

describe("serveMetrics", { timeout }, () => {
  it("answers in the format that is asked for", async () => {
    const actor = new TellActor({ id: "s" });
    await actor.ready;
    await using server = await serveMetrics({ port: 0 });
    assert.equal(server.url, `http://127.0.0.1:${server.port}/metrics`);
    const plain = await ask(`${server.url}?name=x`);
    assert.deepEqual([plain.status, plain.type], [200, "text/plain; version=0.0.4; charset=utf-8"]);
    assert.equal(parseExposition(plain.text, "prometheus").get("streamlib_actor_ticks_total")?.samples.length, 1);
    const open = await ask(server.url, { accept: "application/openmetrics-text; version=1.0.0" });
    assert.deepEqual([open.status, open.type], [200, "application/openmetrics-text; version=1.0.0; charset=utf-8"]);
    assert.equal(parseExposition(open.text, "openmetrics").get("streamlib_actor_ticks")?.samples.length, 1);
  });

  it("has one path and answers nothing but GET and HEAD", async () => {
    await using server = await serveMetrics({ port: 0, path: "/numbers" });
    const there = server.url.replace("/numbers", "/");
    const answers = [
      await ask(server.url, { method: "HEAD" }),
      await ask(there),
      await ask(server.url, { method: "POST" }),
    ];
    assert.deepEqual(answers.map(({ status, text }) => [status, text]), [
      [200, ""],
      [404, "There is nothing here; the metrics are at /numbers\n"],
      [405, "Only GET is served here\n"],
    ]);
  });

  it("answers many at once", async () => {
    await using server = await serveMetrics({ port: 0 });
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(server.url)));
    for (const { status, text } of answers) {
      assert.equal(status, 200);
      parseExposition(text, "prometheus");
    }
  });

  it("gives its port back when it is closed, once or twice, also with connections open", async () => {
    const server = await serveMetrics({ port: 0 });
    const agent = new Agent({ keepAlive: true });
    await ask(server.url, { agent });
    await server.close();
    await server.close();
    await assert.rejects(ask(server.url));
    await using again = await serveMetrics({ port: server.port });
    assert.equal((await ask(again.url)).status, 200);
    agent.destroy();
  });

  it("says what is wrong with an option", async () => {
    const port = (shown: string): RegExp =>
      new RegExp(`^Cannot serve metrics: option port = ${shown}: an integer from 0 to 65535 is right$`);
    await refused({ port: 70_000 }, "option-invalid", port("70000"));
    await refused({ port: -1 }, "option-invalid", port("-1"));
    await refused({ port: "9464" }, "option-invalid", port('"9464"'));
    await refused({ port: null }, "option-invalid", port("null"));
    await refused({ host: "" }, "option-invalid", /option host = "": an address of this machine is right/);
    for (const path of ["metrics", "", "/a b", "/a?b", "/a#b", "/ä", 3]) {
      await refused(
        { port: 0, path },
        "option-invalid",
        /^Cannot serve metrics: option path = .*: a path such as \/metrics/,
      );
    }
    await refused(
      { prot: 1 },
      "option-invalid",
      /^Cannot serve metrics: there is no option prot; latency, seriesMax, port, host, path are right$/,
    );
  });

  it("says why an address cannot be had", async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, "127.0.0.1", resolve));
    const { port } = blocker.address() as AddressInfo;
    await refused(
      { port },
      "resource",
      new RegExp(`^Cannot serve metrics on 127.0.0.1 port ${port}: the port is in use`),
    );
    await new Promise((resolve) => blocker.close(resolve));
    // TEST-NET-1, which no machine has.
    await refused(
      { port: 0, host: "192.0.2.1" },
      "resource",
      /^Cannot serve metrics on 192\.0\.2\.1 port 0: this machine has no such address; give one of its own/,
    );
    await refused(
      { port: 0, host: "no-such-host.invalid" },
      "resource",
      /^Cannot serve metrics on no-such-host\.invalid port 0: this machine has no such address; give one of its own/,
    );
  });

  it("does not keep the program alive, not even with a connection open", async () => {
    const file = fileURLToPath(new URL("testdata/serves.ts", import.meta.url));
    const run = process.versions.bun ? ["run", file] : ["run", "-A", "--no-check", file];
    const child = spawn(process.execPath, run, { stdio: ["pipe", "pipe", "inherit"] });
    const exited = once(child, "exit");
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const url = (await lines.next()).value as string;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const { text } = await ask(url, { agent });
    assert.equal(parseExposition(text, "prometheus").get("streamlib_actor_ticks_total")?.samples.length, 2);
    child.stdin.write("end\n");
    assert.equal((await lines.next()).value, "over");
    const [code] = await exited;
    assert.equal(code, 0);
    agent.destroy();
  });
});
