/**
 * The one client of a PTP domain in this thread, shared by all clocks that follow it.
 *
 * @module
 */
import { messageOf, StreamError } from "../errors.ts";
import { type TaiMachine, taiMachine } from "../time/tai_machine.ts";
import { PtpClient } from "./ptp_client.ts";
import { type CompletePtpOptions, ptpOptionsKey } from "./ptp_options.ts";

/** What is followed, by domain: a domain stands for one reference in clock ids. */
const references = new Map<number, PtpReference>();

/** A client that is open until as many have left it as have joined. */
export class PtpReference {
  readonly #options: CompletePtpOptions;
  readonly #machine: TaiMachine;
  readonly #settled: Promise<void>;
  #users = 0;
  #client: PtpClient | undefined;
  #error: Error | undefined;

  private constructor(options: CompletePtpOptions) {
    this.#options = options;
    this.#machine = taiMachine();
    this.#settled = this.#open();
  }

  /**
   * The reference of these options.
   *
   * @throws {StreamError} `clock-invalid` if the domain is followed with other options.
   */
  static join(options: CompletePtpOptions): PtpReference {
    const { domain } = options;
    let reference = references.get(domain);
    if (!reference) references.set(domain, reference = new PtpReference(options));
    const name = differing(reference.#options, options);
    if (name !== undefined) {
      throw new StreamError(
        "clock-invalid",
        `Cannot follow PTP domain ${domain} with two sets of options: ${name} differs from that of a clock in use; ` +
          `give all clocks of a domain the same options, or close that one first`,
      );
    }
    reference.#users++;
    return reference;
  }

  /** Resolves when the client is open or was refused. */
  get settled(): Promise<void> {
    return this.#settled;
  }

  /** The client; `undefined` before it is open, and if it was refused. */
  get client(): PtpClient | undefined {
    return this.#client;
  }

  /** Why it was refused. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** One of those who joined has gone. */
  leave(): void {
    if (--this.#users > 0) return;
    references.delete(this.#options.domain);
    this.#client?.close();
    this.#client = undefined;
  }

  async #open(): Promise<void> {
    try {
      const client = new PtpClient(this.#options, await this.#machine.openPtp(this.#options));
      if (this.#users === 0) client.close();
      else this.#client = client;
    } catch (thrown) {
      this.#error = thrown as Error;
      const consequence = "a PTPClock is locked only while another process tells TAI by PTP";
      console.error(`streamlib: PTP domain ${this.#options.domain}: ${messageOf(thrown)}; ${consequence}`);
    }
  }
}

/** Name of an option in which the two differ. */
function differing(a: CompletePtpOptions, b: CompletePtpOptions): string | undefined {
  if (ptpOptionsKey(a) === ptpOptionsKey(b)) return undefined;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]) as Set<keyof CompletePtpOptions>;
  const only = (options: CompletePtpOptions, name: keyof CompletePtpOptions): string =>
    ptpOptionsKey({ [name]: options[name] } as unknown as CompletePtpOptions);
  return [...names].find((name) => only(a, name) !== only(b, name));
}
