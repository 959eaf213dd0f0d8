/**
 * A registry with JSR's protocol on the loopback: it receives from `deno publish` and serves `deno
 * add`.
 *
 * @module
 */
import { assert } from "@std/assert";

/** A running registry. */
export interface Registry extends AsyncDisposable {
  /** For `JSR_URL`. */
  url: string;
  /** Every published package and its versions, as `@scope/name@1.0.0`. */
  published(): string[];
  /** The size of a version in bytes. */
  sizeOf(id: string): number;
  /** The names of a version's files. */
  filesOf(id: string): string[];
  /** Every file requested since the start, as `/@scope/name/1.0.0/mod.ts`. */
  asked: string[];
}

interface Version {
  files: Map<string, Uint8Array<ArrayBuffer>>;
  exports: Record<string, string>;
}

const json = (value: unknown) => Response.json(value);
const missing = () =>
  Response.json({ code: "packageNotFound", message: "not found" }, {
    status: 404,
  });

/** Starts one, empty. */
export function startRegistry(): Registry {
  const packages = new Map<string, Map<string, Version>>();
  const asked: string[] = [];
  const at = (id: string): Version => {
    const [, name = "", version = ""] = /^(@[^@]+)@(.+)$/.exec(id) ?? [];
    const found = packages.get(name)?.get(version);
    assert(found, `${id} was not published`);
    return found;
  };

  async function api(request: Request, path: string): Promise<Response> {
    const [, scope, name, version] =
      /^\/scopes\/([^/]+)\/packages\/([^/]+)(?:\/versions\/([^/]+))?$/.exec(
        path,
      ) ?? [];
    if (path.startsWith("/publish_status/")) {
      return json({ id: path.slice(16), status: "success", error: null });
    }
    if (scope === undefined) return missing();
    const id = `@${scope}/${name}`;
    if (request.method === "GET") {
      if (version !== undefined && !packages.get(id)?.has(version)) {
        return missing();
      }
      return json({
        scope,
        name,
        description: "",
        githubRepository: null,
        score: null,
      });
    }
    assert(version, path);
    const files = await untar(request.body!);
    const config = JSON.parse(
      new TextDecoder().decode(files.get("/deno.json")),
    );
    const exports = typeof config.exports === "string"
      ? { ".": config.exports }
      : config.exports;
    const versions = packages.get(id) ?? new Map();
    packages.set(id, versions.set(version, { files, exports }));
    return json({ id: crypto.randomUUID(), status: "success", error: null });
  }

  async function file(path: string): Promise<Response> {
    const [, id = "", rest = ""] = /^\/(@[^/]+\/[^/]+)\/(.+)$/.exec(path) ?? [];
    const versions = packages.get(id);
    if (versions === undefined) return missing();
    if (rest === "meta.json") {
      const [scope, name] = id.slice(1).split("/");
      const all = [...versions.keys()];
      return json({
        scope,
        name,
        latest: all.at(-1),
        versions: Object.fromEntries(all.map((each) => [each, {}])),
      });
    }
    const meta = /^(.+)_meta\.json$/.exec(rest)?.[1];
    if (meta !== undefined) {
      const version = versions.get(meta);
      if (version === undefined) return missing();
      const manifest = await Promise.all(
        [...version.files].map(async ([name, bytes]) => [name, {
          size: bytes.length,
          checksum: `sha256-${await sha256(bytes)}`,
        }]),
      );
      return json({
        manifest: Object.fromEntries(manifest),
        exports: version.exports,
      });
    }
    const [version = "", ...names] = rest.split("/");
    const bytes = versions.get(version)?.files.get(`/${names.join("/")}`);
    if (bytes === undefined) return missing();
    asked.push(path);
    return new Response(bytes, {
      headers: { "content-type": typeOf(names.at(-1)!) },
    });
  }

  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
  }, (request) => {
    const path = decodeURIComponent(new URL(request.url).pathname);
    return path.startsWith("/api/") ? api(request, path.slice(4)) : file(path);
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    published: () =>
      [...packages].flatMap(([id, versions]) =>
        [...versions.keys()].map((version) => `${id}@${version}`)
      ),
    sizeOf: (id) =>
      at(id).files.values().reduce((sum, { length }) => sum + length, 0),
    filesOf: (id) => [...at(id).files.keys()],
    asked,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function typeOf(name: string): string {
  if (/\.tsx?$/.test(name)) return "text/typescript";
  if (/\.m?jsx?$/.test(name)) return "text/javascript";
  return name.endsWith(".json") ? "application/json" : "text/plain";
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** The files of a gzipped tar, by their names with a leading slash. */
async function untar(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const tar = new Uint8Array(
    await new Response(body.pipeThrough(new DecompressionStream("gzip")))
      .arrayBuffer(),
  );
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const text = (start: number, length: number) =>
    new TextDecoder().decode(tar.subarray(start, start + length))
      .replace(/\0.*$/s, "");
  let long: string | null = null;
  for (let offset = 0; offset + 512 <= tar.length;) {
    const name = text(offset, 100);
    if (name === "") break;
    const size = parseInt(text(offset + 124, 12).trim() || "0", 8);
    const kind = text(offset + 156, 1);
    const prefix = text(offset + 345, 155);
    const bytes = tar.slice(offset + 512, offset + 512 + size);
    offset += 512 + Math.ceil(size / 512) * 512;
    if (kind === "L") {
      long = new TextDecoder().decode(bytes).replace(/\0.*$/s, "");
      continue;
    }
    const full = long ?? (prefix ? `${prefix}/${name}` : name);
    long = null;
    if (kind === "0" || kind === "") {
      files.set(`/${full.replace(/^\.?\//, "")}`, bytes);
    }
  }
  return files;
}
