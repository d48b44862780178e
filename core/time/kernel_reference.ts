/**
 * The one follower of the kernel's clock in this thread, shared by all clocks that follow it.
 *
 * @module
 */
import { messageOf } from "../errors.ts";
import { daemonAmong, type TaiDaemon } from "./tai_daemon.ts";
import { type KernelFollower, type TaiMachine, taiMachine } from "./tai_machine.ts";

let shared: KernelReference | undefined;

/** A follower that is open until as many have left it as have joined. */
export class KernelReference {
  readonly #machine: TaiMachine = taiMachine();
  readonly #settled: Promise<void>;
  #users = 0;
  #follower: KernelFollower | undefined;
  #error: Error | undefined;
  /** Looked for anew when the clock comes to be disciplined. */
  #daemon: TaiDaemon | "kernel" | undefined;

  private constructor() {
    this.#settled = this.#open();
  }

  /** The reference of this thread. */
  static join(): KernelReference {
    shared ??= new KernelReference();
    shared.#users++;
    return shared;
  }

  /** Resolves when the follower is open or was refused. */
  get settled(): Promise<void> {
    return this.#settled;
  }

  /** Whether it is open. */
  get isOpen(): boolean {
    return this.#follower !== undefined;
  }

  /** Why it was refused. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** Who disciplines the kernel's clock; `undefined` while nobody does. */
  daemon(isDisciplined: boolean): TaiDaemon | "kernel" | undefined {
    if (!isDisciplined) this.#daemon = undefined;
    else this.#daemon ??= daemonAmong(this.#machine.commands()) ?? "kernel";
    return this.#daemon;
  }

  /** One of those who joined has gone. */
  leave(): void {
    if (--this.#users > 0) return;
    if (shared === this) shared = undefined;
    this.#follower?.close();
    this.#follower = undefined;
  }

  async #open(): Promise<void> {
    try {
      const follower = await this.#machine.followKernel();
      if (this.#users === 0) follower.close();
      else this.#follower = follower;
    } catch (thrown) {
      this.#error = thrown as Error;
      console.error(`streamlib: a SystemTaiClock is never locked: ${messageOf(thrown)}`);
    }
  }
}
