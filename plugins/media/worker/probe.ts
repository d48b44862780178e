/**
 * Loads the codec providers to see what they can do.
 *
 * @module
 */
import { type AudioCodec, type VideoCodec } from "../codec/provider.ts";
import { type CodecProviderRegistration, loadProvider } from "../codec/provider_registry.ts";
import type { ProviderReport } from "./messages.ts";

const CODECS: readonly (VideoCodec | AudioCodec)[] = [
  "h264",
  "hevc",
  "vp8",
  "vp9",
  "av1",
  "aac",
  "opus",
  "mp3",
  "vorbis",
  "flac",
];

/** What each provider can decode and encode here; its library is really opened. @throws {MediaError} `provider`. */
export async function probeProviders(providers: readonly CodecProviderRegistration[]): Promise<ProviderReport[]> {
  const reports: ProviderReport[] = [];
  for (const registration of providers) {
    const provider = await loadProvider(registration);
    if (provider.supports("decode", "h264")) {
      provider.createVideoDecoder({ codec: "h264", width: 16, height: 16 }, () => {}).close();
    }
    reports.push({
      name: registration.name,
      licence: provider.licence,
      decode: CODECS.filter((codec) => provider.supports("decode", codec)),
      encode: CODECS.filter((codec) => provider.supports("encode", codec)),
    });
  }
  return reports;
}
