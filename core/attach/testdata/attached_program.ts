/** The program of tests, started where nobody else's programs are. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Child, type RuntimeName } from "../../../ffi/testing/child.ts";
import { Client } from "./visitor_client.ts";

/** A child that runs `attach_program.ts`. */
export class AttachedProgram {
  /** In place of the user's runtime directory. */
  readonly runtimeDirectory: string;
  readonly child: Child;

  /** @param environment Variables besides: `NODE_ENV` is not that of the test. */
  constructor(runtime: RuntimeName, what: string, environment: Readonly<Record<string, string>> = {}) {
    this.runtimeDirectory = mkdtempSync(join(tmpdir(), "streamlib-attach-"));
    this.child = new Child(runtime, new URL("attach_program.ts", import.meta.url).href, [what], {
      XDG_RUNTIME_DIR: this.runtimeDirectory,
      NODE_ENV: "",
      ...environment,
    });
  }

  get pid(): number {
    return this.child.process.pid!;
  }

  /** Where it listens. */
  get path(): string {
    return join(this.runtimeDirectory, "streamlib", `${this.pid}.sock`);
  }

  /** Waits until it listens, which it does a moment after its socket is there. */
  async listening(): Promise<string> {
    for (let i = 0; i < 1500; i++) {
      const client = new Client(this.path);
      const hello = await client.line();
      client.close();
      if (hello !== undefined) return this.path;
      await sleep(20);
    }
    throw new Error("The program does not listen");
  }

  /** Ends it, and removes its folder. */
  async end(): Promise<void> {
    await this.child.kill();
    rmSync(this.runtimeDirectory, { recursive: true, force: true });
  }
}
