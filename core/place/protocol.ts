/**
 * What a thread that made actors (home) and a place where they live say to each other.
 *
 * Both channels carry clones in order: `postMessage` to worker threads, the runtime's own channel to child processes.
 * Media never travels here: it lies in shared rings.
 *
 * @module
 */
import type { ActorStats } from "../actor/state.ts";
import type { RingConfig } from "../ring/layout.ts";
import type { NativeRef } from "../ring/native_ref.ts";
import type { TimedTick } from "../time/clock.ts";
import type { ProfileSnapshot } from "../profile/profiler.ts";
import type { TracedCall } from "../profile/trace.ts";
import type { Rate } from "../time/rate.ts";
import type { TaiReference } from "../time/tai_trust.ts";
import type { PlainError } from "./plain_error.ts";

/** A clock as another place gets it. */
export type ClockRef =
  /** Any place can have the same. */
  | { readonly kind: "software"; readonly rate: Rate }
  /** It follows the TAI that all processes of this machine have. */
  | { readonly kind: "tai"; readonly clockId: string; readonly rate: Rate; readonly reference: TaiReference }
  /** It beats at home, which is asked for each tick. */
  | {
    readonly kind: "home";
    readonly clock: number;
    readonly clockId: string;
    readonly rate: Rate;
    readonly isRateFree: boolean;
    readonly domain: DomainRef | undefined;
  };

/** A domain of virtual time that is kept at home. */
export interface DomainRef {
  readonly domain: number;
  readonly lossless: boolean;
}

/** What home knows of the actor that writes what a place reads. */
export interface SourceState {
  readonly isAlive: boolean;
  readonly clock:
    | { readonly name: string; readonly id: number; readonly rate: Rate; readonly domain: DomainRef | undefined }
    | undefined;
}

/** How to build an actor in a place. */
export interface ActorPlan {
  readonly actor: number;
  readonly className: string;
  readonly module: string;
  readonly id: string;
  /** The actor's own options as the user gave them. */
  readonly given: Readonly<Record<string, unknown>>;
  readonly clock: ClockRef | undefined;
  readonly snapshotMs: number;
  readonly snapshot: unknown;
  /** The last tick of an earlier life. */
  readonly previousTick: TimedTick | undefined;
}

/** One generation of a ring, for a reader in another place. */
export interface RingNews {
  /** Names the life of the writing actor: in another life, sequence numbers begin anew. */
  readonly origin: number;
  readonly ring: NativeRef;
  readonly config: RingConfig;
  readonly format: object;
  readonly sequenceBase: number;
  /** Sequence in this generation after which the reader begins, if it is its first. */
  readonly after: number;
}

/** From home to a place. */
export type ToPlace =
  | { readonly type: "hello"; readonly name: string; readonly fixedTaiOffsetNs: bigint; readonly isProfiling: boolean }
  | { readonly type: "make"; readonly plan: ActorPlan }
  | { readonly type: "stop"; readonly actor: number }
  | {
    readonly type: "control";
    readonly actor: number;
    readonly call: number;
    readonly action: string;
    readonly argument: unknown;
  }
  | {
    readonly type: "join";
    readonly link: number;
    readonly from: number;
    readonly output: string;
    readonly to: number;
    readonly input: string;
  }
  | {
    readonly type: "import";
    readonly link: number;
    readonly to: number;
    readonly input: string;
    readonly label: string;
    readonly hostLabel: string;
    readonly source: SourceState;
  }
  | {
    readonly type: "export";
    readonly link: number;
    readonly from: number;
    readonly output: string;
    readonly label: string;
    readonly isOrdered: boolean;
    readonly depth: number;
    readonly pins: number;
    readonly bell: NativeRef;
  }
  | { readonly type: "cut"; readonly link: number }
  | { readonly type: "ring"; readonly link: number; readonly news: RingNews }
  | { readonly type: "got"; readonly link: number }
  | { readonly type: "over"; readonly link: number; readonly reason: number }
  | { readonly type: "source"; readonly link: number; readonly source: SourceState }
  | { readonly type: "tick"; readonly ticket: number; readonly tick: TimedTick; readonly domain: DomainRef | undefined }
  | { readonly type: "no-tick"; readonly ticket: number; readonly error: PlainError }
  | { readonly type: "release"; readonly domain: number }
  | { readonly type: "bell"; readonly isShared: boolean }
  | { readonly type: "time-reads"; readonly isOn: boolean }
  | { readonly type: "trace"; readonly oneOf: number }
  | { readonly type: "close" };

/** From a place to home. */
export type FromPlace =
  | { readonly type: "hello"; readonly error: PlainError | undefined }
  | { readonly type: "opened"; readonly actor: number }
  | { readonly type: "running"; readonly actor: number }
  | { readonly type: "stopping"; readonly actor: number }
  | {
    readonly type: "ended";
    readonly actor: number;
    readonly reason: number;
    readonly error: PlainError | undefined;
    /** Items committed for readers elsewhere, by link. */
    readonly committed: readonly (readonly [link: number, sequence: number])[];
  }
  | { readonly type: "stats"; readonly actor: number; readonly stats: RemoteStats }
  | { readonly type: "snapshot"; readonly actor: number; readonly state: unknown }
  | { readonly type: "rate"; readonly actor: number; readonly rate: Rate }
  | { readonly type: "done"; readonly call: number; readonly value: unknown; readonly error: PlainError | undefined }
  | { readonly type: "ring"; readonly link: number; readonly news: RingNews }
  | { readonly type: "got"; readonly link: number }
  | { readonly type: "over"; readonly link: number; readonly reason: number }
  | { readonly type: "fault"; readonly link: number; readonly error: PlainError }
  | {
    readonly type: "next";
    readonly clock: number;
    readonly rate: Rate;
    readonly ticket: number;
    readonly previous: TimedTick | undefined;
  }
  | { readonly type: "leave"; readonly ticket: number }
  | { readonly type: "quiet"; readonly report: QuietReport }
  | { readonly type: "bell"; readonly bell: NativeRef }
  | { readonly type: "profile"; readonly rows: ProfileSnapshot }
  | { readonly type: "traced"; readonly calls: readonly TracedCall[] };

/** The state of an actor in a place, for its handle. */
export interface RemoteStats {
  readonly stats: ActorStats;
  readonly children: readonly string[];
  readonly lastTick: TimedTick | undefined;
  /** How much its inputs still have to read, by name. */
  readonly pending: Readonly<Record<string, { readonly unread: number; readonly isFinished: boolean }>>;
  /** The formats of its outputs that have a ring, by name. */
  readonly formats: Readonly<Record<string, object>>;
}

/** Nothing of a domain goes on in a place. */
export interface QuietReport {
  readonly domain: number;
  /** How many ticks and releases of the domain it has got. */
  readonly received: number;
  /** Actors that wait for an input to catch up. */
  readonly joins: number;
  /** Items committed for readers elsewhere, by link. */
  readonly committed: readonly (readonly [link: number, sequence: number])[];
  /** Items from elsewhere that were seen, by link. */
  readonly seen: readonly (readonly [link: number, sequence: number])[];
}
