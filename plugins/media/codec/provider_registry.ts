/**
 * Which libraries code and decode, in the order in which they are asked.
 *
 * The default provider needs no registration and is asked last. A faster one that the user installs (for example one
 * over a GPL build of FFmpeg) is registered by the address of a module, because it is loaded in the codec workers and
 * not here.
 *
 * @module
 */
import { MediaError } from "../media_error.ts";
import type { AudioCodec, CodecProvider, VideoCodec } from "./provider.ts";

/** A provider by the module that makes it. */
export interface CodecProviderRegistration {
  /** Short name, unique among the registered. */
  readonly name: string;
  /**
   * Absolute address of a module that exports `createCodecProvider(): CodecProvider`, e.g. from `import.meta.resolve`.
   */
  readonly module: string;
}

interface ProviderModule {
  createCodecProvider?: () => CodecProvider;
}

const registered: CodecProviderRegistration[] = [];

/**
 * Puts a provider in front of those already there; readers and writers opened from now on ask it first.
 *
 * @throws {MediaError} `provider` if the name is taken.
 */
export function registerCodecProvider(registration: CodecProviderRegistration): void {
  if (registration.name === DEFAULT_PROVIDER.name || registered.some((other) => other.name === registration.name)) {
    throw new MediaError("provider", `Cannot register codec provider "${registration.name}": the name is taken`);
  }
  registered.unshift({ ...registration });
}

/** Takes a registered provider out again; open readers and writers keep it. Answers whether it was there. */
export function unregisterCodecProvider(name: string): boolean {
  const index = registered.findIndex((other) => other.name === name);
  if (index >= 0) registered.splice(index, 1);
  return index >= 0;
}

/** The provider that comes with this package. */
export const DEFAULT_PROVIDER: CodecProviderRegistration = {
  name: "node-webcodecs",
  module:
    new URL(import.meta.url.endsWith(".ts") ? "./ffmpeg_provider.ts" : "./ffmpeg_provider.js", import.meta.url).href,
};

/** All providers, first asked first. */
export function codecProviders(): readonly CodecProviderRegistration[] {
  return [...registered, DEFAULT_PROVIDER];
}

const loaded = new Map<string, CodecProvider>();

/**
 * The first of these providers that can do it, loaded in this thread.
 *
 * @throws {MediaError} `codec-unsupported` naming the providers asked; `provider` if one cannot be loaded.
 */
export async function pickProvider(
  providers: readonly CodecProviderRegistration[],
  direction: "decode" | "encode",
  codec: VideoCodec | AudioCodec,
): Promise<CodecProvider> {
  for (const registration of providers) {
    const provider = await loadProvider(registration);
    if (provider.supports(direction, codec)) return provider;
  }
  const names = providers.map((provider) => provider.name).join(", ");
  throw new MediaError("codec-unsupported", `Cannot ${direction} ${codec}: none of the providers can (${names})`);
}

/** The provider of a registration, loaded once per thread. @throws {MediaError} `provider` if it cannot be. */
export async function loadProvider(registration: CodecProviderRegistration): Promise<CodecProvider> {
  const known = loaded.get(registration.module);
  if (known) return known;
  const module = await import(registration.module).catch((cause) => {
    throw new MediaError("provider", `Cannot load codec provider "${registration.name}": ${messageOf(cause)}`, {
      cause,
    });
  }) as ProviderModule;
  if (typeof module.createCodecProvider !== "function") {
    throw new MediaError(
      "provider",
      `Cannot load codec provider "${registration.name}": ` +
        `${registration.module} exports no function createCodecProvider`,
    );
  }
  const provider = module.createCodecProvider();
  loaded.set(registration.module, provider);
  return provider;
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
