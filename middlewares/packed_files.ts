import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import {
  acceptedEncoding,
  type Encoding,
} from "../lib/http/accept_encoding.ts";
import { LEAST_COMPRESSED, TEXTS } from "../lib/http/compressed.ts";
import { Lru } from "../lib/base/lru.ts";
import { withHeaders } from "../lib/http/with_headers.ts";

const MOST_BYTES = 1024 * 1024;
const MOST_FILES = 64;

const pack = {
  br: (bytes: Uint8Array) =>
    promisify(brotliCompress)(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  gzip: (bytes: Uint8Array) => promisify(gzip)(bytes, { level: 9 }),
} satisfies Record<Encoding, (bytes: Uint8Array) => Promise<Uint8Array>>;

/**
 * Files of the build, packed as well as can be, once for each version and encoding; a server would
 * pack them anew, and less well, for each request.
 */
export class PackedFiles {
  readonly #packed = new Lru<string, Promise<Uint8Array<ArrayBuffer>>>(
    MOST_FILES,
  );

  /** A file's answer, packed where its client likes that. */
  async answer(request: Request, response: Response): Promise<Response> {
    const { headers } = response;
    const etag = headers.get("etag");
    if (
      response.status !== 200 || etag === null ||
      headers.has("content-encoding") ||
      !TEXTS.test(headers.get("content-type") ?? "")
    ) return response;
    const varied = withHeaders(
      response,
      (all) => all.append("vary", "Accept-Encoding"),
    );
    const encoding = acceptedEncoding(request.headers.get("accept-encoding"));
    const length = Number(headers.get("content-length") ?? MOST_BYTES);
    if (encoding === null || length < LEAST_COMPRESSED || length > MOST_BYTES) {
      return varied;
    }
    // Packing by the server would be the same again.
    if (request.method === "HEAD") {
      return withHeaders(varied, (all) => described(all, encoding, etag, null));
    }
    const key = `${encoding} ${etag} ${new URL(request.url).pathname}`;
    let packing = this.#packed.get(key);
    if (packing === undefined) {
      packing = response.arrayBuffer().then(async (bytes) =>
        new Uint8Array(await pack[encoding](new Uint8Array(bytes)))
      );
      this.#packed.set(key, packing);
      packing.catch(() => this.#packed.delete(key));
    } else await response.body?.cancel();
    const bytes = await packing;
    const all = new Headers(varied.headers);
    described(all, encoding, etag, bytes.length);
    return new Response(bytes, { headers: all });
  }
}

/** Packed otherwise it is not the same bytes, so its tag is a weak one (RFC 9110, section 8.8.1). */
function described(
  headers: Headers,
  encoding: Encoding,
  etag: string,
  length: number | null,
): void {
  headers.set("content-encoding", encoding);
  headers.set("etag", etag.startsWith("W/") ? etag : `W/${etag}`);
  if (length === null) headers.delete("content-length");
  else headers.set("content-length", String(length));
}
