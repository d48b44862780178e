/** A registry of packages on this machine, as far as package managers ask it. */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { gzipSync } from "node:zlib";

/** A package to serve: files by path, `package.json` among them. */
export type PackageFiles = Readonly<Record<string, string>>;

interface Served {
  readonly manifest: { readonly name: string; readonly version: string };
  readonly tarball: Uint8Array;
  readonly integrity: string;
}

/** Serves packages that a test gives it. */
export class LocalRegistry {
  /** Paths that were asked for, in order. */
  readonly asked: string[] = [];
  readonly #served = new Map<string, Served>();
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Begins to serve. */
  static async start(): Promise<LocalRegistry> {
    const server = createServer((request, response) => {
      const path = decodeURIComponent(request.url!.slice(1).split("?")[0]);
      registry.asked.push(path);
      const tarball = [...registry.#served.values()].find(({ manifest }) => path === fileOf(manifest));
      if (tarball) return void response.end(tarball.tarball);
      const versions = [...registry.#served.values()].filter(({ manifest }) => manifest.name === path);
      if (versions.length === 0) return void response.writeHead(404).end('{"error":"Not found"}');
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({
        name: path,
        "dist-tags": { latest: versions.at(-1)!.manifest.version },
        versions: Object.fromEntries(versions.map(({ manifest, integrity }) => [
          manifest.version,
          { ...manifest, dist: { tarball: `${registry.origin}/${fileOf(manifest)}`, integrity } },
        ])),
      }));
    }).listen(0, "127.0.0.1");
    const registry = new LocalRegistry(server);
    await once(server, "listening");
    return registry;
  }

  /** Where it is. */
  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  /** Serves a package from now on, in place of the same version of it. @returns Its integrity. */
  serve(files: PackageFiles): string {
    const manifest = JSON.parse(files["package.json"]) as Served["manifest"];
    const tarball = packPackage(files);
    const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
    this.#served.set(`${manifest.name}@${manifest.version}`, { manifest, tarball, integrity });
    return integrity;
  }

  /** Ends it. */
  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

function fileOf({ name, version }: Served["manifest"]): string {
  return `${name}/-/${version}.tgz`;
}

/** A tarball (POSIX ustar) as npm has it: everything in a folder `package`. */
export function packPackage(files: PackageFiles): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [path, text] of Object.entries(files)) {
    const body = Buffer.from(text);
    const header = Buffer.alloc(512);
    header.write(`package/${path}`, 0);
    header.write("0000644\0", 100);
    header.write("0000000\0", 108);
    header.write("0000000\0", 116);
    header.write(`${body.length.toString(8).padStart(11, "0")}\0`, 124);
    header.write("00000000000\0", 136);
    header.write("        ", 148);
    header.write("0", 156);
    header.write("ustar\x0000", 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    parts.push(header, body, Buffer.alloc((512 - body.length % 512) % 512));
  }
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(1024)]));
}
