/**
 * Files embedded in a module, for downloaded packages, which have no folder to read from.
 *
 * @module
 */
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import { sha256Hex } from "../store/sha256.ts";

/** A file's path below the root, and its bytes by Brotli and in base64. */
export type PackedFile = readonly [path: string, packed: string];

/** Answers for a file, or null where there is none of that path. */
export type FileHandler = (request: Request) => Response | null;

interface Unpacked {
  bytes: Uint8Array<ArrayBuffer>;
  etag: string;
  type: string;
}

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=UTF-8",
  js: "text/javascript; charset=UTF-8",
  svg: "image/svg+xml",
};
const YEAR = "public, max-age=31536000, immutable";

/** A file as it is embedded in a module. */
export function packFile(path: string, bytes: Uint8Array): PackedFile {
  const packed = brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
  return [path, new Uint8Array(packed).toBase64()];
}

/** Serves packed files as `staticFiles()` of Fresh does those of a folder. */
export function packedFiles(files: readonly PackedFile[]): FileHandler {
  const packed = new Map(files);
  const unpacked = new Map<string, Unpacked>();
  function find(path: string): Unpacked | null {
    const known = unpacked.get(path);
    if (known !== undefined) return known;
    const text = packed.get(path);
    if (text === undefined) return null;
    const bytes = new Uint8Array(
      brotliDecompressSync(Uint8Array.fromBase64(text)),
    );
    const file = {
      bytes,
      etag: `W/"${sha256Hex(text)}"`,
      type: TYPES[path.slice(path.lastIndexOf(".") + 1)] ??
        "application/octet-stream",
    };
    unpacked.set(path, file);
    return file;
  }
  return function packedFile(request) {
    const { pathname, searchParams } = new URL(request.url);
    const file = find(pathname);
    if (file === null) return null;
    const { method } = request;
    if (method !== "GET" && method !== "HEAD") {
      return new Response("Method Not Allowed\n", {
        status: 405,
        headers: { allow: "GET, HEAD" },
      });
    }
    // URLs with the build's id in their path or query change with each build, so they can be cached
    // for good.
    const isLasting = pathname.startsWith("/_fresh/js/") ||
      searchParams.has("__frsh_c");
    const headers = new Headers({
      "content-type": file.type,
      "etag": file.etag,
      "cache-control": isLasting ? YEAR : "no-cache",
      "vary": "If-None-Match",
    });
    if (request.headers.get("if-none-match") === file.etag) {
      return new Response(null, { status: 304, headers });
    }
    headers.set("content-length", `${file.bytes.length}`);
    return new Response(method === "HEAD" ? null : file.bytes, { headers });
  };
}
