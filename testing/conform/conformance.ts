/**
 * What a package says of itself for its checks.
 *
 * @module
 */
import type { Clock, Dispatcher, Registry, TransportTarget } from "@streamlib/core";
import type { TestItems } from "../test_items.ts";
import type { CheckedCodecProvider } from "./codec_provider.ts";

/** What may be said of everything that is checked. */
export interface PartConformance {
  /** Why it cannot be made on this machine (no device, no permission); `undefined` where it can. */
  readonly notHere?: string | undefined;
  /** Checks that do not apply, by their id, each with the reason. */
  readonly except?: Readonly<Record<string, string>>;
}

/** What must be known to check an actor. */
export interface ActorConformance extends PartConformance {
  /** Options with which it can be made anywhere. Needed where it cannot be made without options. */
  readonly options?: Readonly<Record<string, unknown>>;
  /**
   * Items to feed to inputs, by their names: one list each, such as `{ control: { data: [{ level: 1 }] } }`. Pictures
   * (for inputs of `GpuFrame` they are uploaded), sound, H.264 pictures, ancillary data, keys and mouse have items of
   * their own; data has none unless given. Of a family the member `sample` is fed.
   */
  readonly samples?: Readonly<Record<string, TestItems>>;
  /** Why it lives only in the thread of its handle; `undefined` if it lives anywhere. */
  readonly onlyHere?: string | undefined;
  /** Why there can only be one at a time; `undefined` if there may be many. */
  readonly single?: string | undefined;
}

/** What must be known to check a clock. */
export interface ClockConformance extends PartConformance {
  /** Makes a new one, ready to be asked. */
  make(): Clock | Promise<Clock>;
  /** Moves virtual time on when somebody has asked for a beat. Clocks that beat by themselves have none. */
  move?(clock: Clock): void;
}

/** What must be known to check a registry. It makes actors of the class `ConformProbe`, which this package registers. */
export interface RegistryConformance extends PartConformance {
  /** Gives the registry. */
  make(): Registry | Promise<Registry>;
  /** The host in URIs of its actors. Default `local`. Another one is put in use by `useRegistry`. */
  readonly host?: string;
  /**
   * Registers a class called `name` by another module where the registry looks for classes. Default: in the catalogue of
   * this thread, by `registerActor`.
   */
  registerTwin?(name: string, module: string): void | Promise<void>;
}

/** What must be known to check a dispatcher. */
export interface DispatcherConformance extends PartConformance {
  /** Makes a new one. If it has `close()`, that is called at the end of each check. */
  make(): Dispatcher | Promise<Dispatcher>;
}

/** What must be known to check a codec provider. */
export interface CodecProviderConformance extends PartConformance {
  /** Gives the provider. `CodecProvider` of `@streamlib/media` fits. */
  make(): CheckedCodecProvider | Promise<CheckedCodecProvider>;
}

/** What must be known to check a transport, both of its directions on this machine. Its name is that it registers. */
export interface TransportConformance extends PartConformance {
  /** What is sent: one list, of 20 items or more that all differ. */
  readonly items: TestItems;
  /** The same of another format; without it a change of format is not checked. */
  readonly otherItems?: TestItems;
  /** Items per second. Default 50. */
  readonly fps?: number;
  /** Where to send: to `port` of this machine, or, without it, to one that the transport takes. */
  sendsTo(port: number | undefined): TransportTarget;
  /** Where to receive what was sent there; `items` says which of the two lists it is. */
  receivesFrom(port: number, items: TestItems): TransportTarget;
  /** How far a stamp may be off when it arrives, ns. Default 100 000. */
  readonly stampOffNsMax?: number;
}

/**
 * What `conform.ts` at the root of a package exports as `conformance`. A package that needs none has no such file. The
 * parts of each kind are named for the report.
 */
export interface Conformance {
  /** The package as such. */
  readonly package?: Pick<PartConformance, "except">;
  /** By the name of the actor. */
  readonly actors?: Readonly<Record<string, ActorConformance>>;
  /** Clocks to check. */
  readonly clocks?: Readonly<Record<string, ClockConformance>>;
  /** Registries to check. */
  readonly registries?: Readonly<Record<string, RegistryConformance>>;
  /** Dispatchers to check. */
  readonly dispatchers?: Readonly<Record<string, DispatcherConformance>>;
  /** Codec providers to check. */
  readonly codecProviders?: Readonly<Record<string, CodecProviderConformance>>;
  /** Transports to check, by the name that they register. */
  readonly transports?: Readonly<Record<string, TransportConformance>>;
}
