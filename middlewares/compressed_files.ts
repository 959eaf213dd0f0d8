import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import {
  acceptedEncoding,
  type Encoding,
} from "../lib/http/accept_encoding.ts";
import { describe, LEAST_COMPRESSED, TEXTS } from "../lib/http/compressed.ts";
import { squeezedCss } from "../lib/http/squeezed_css.ts";
import { Lru } from "../lib/base/lru.ts";
import { withHeaders } from "../lib/http/with_headers.ts";

const MOST_BYTES = 1024 * 1024;
const MOST_FILES = 64;

const compress = {
  br: (bytes: Uint8Array) =>
    promisify(brotliCompress)(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  gzip: (bytes: Uint8Array) => promisify(gzip)(bytes, { level: 9 }),
} satisfies Record<Encoding, (bytes: Uint8Array) => Promise<Uint8Array>>;

/** The style sheet without comments and white space. */
async function squeezed(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  return new TextEncoder().encode(squeezedCss(await response.text()));
}

/**
 * Files of the build, compressed at the highest quality, once for each version and encoding; a
 * weaker compression for each request would cost more.
 */
export class CompressedFiles {
  readonly #made = new Lru<string, Promise<Uint8Array<ArrayBuffer>>>(
    MOST_FILES,
  );

  /**
   * A file's response, compressed if its client accepts that; a style sheet without its comments.
   */
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
    const length = Number(headers.get("content-length") ?? MOST_BYTES);
    if (length > MOST_BYTES) return varied;
    const isCss = headers.get("content-type")!.startsWith("text/css");
    const encoding = length < LEAST_COMPRESSED
      ? null
      : acceptedEncoding(request.headers.get("accept-encoding"));
    if (encoding === null && !isCss) return varied;
    if (request.method === "HEAD") {
      return withHeaders(
        varied,
        (all) =>
          encoding === null
            ? all.delete("content-length")
            : describe(all, encoding),
      );
    }
    const key = `${encoding} ${etag} ${new URL(request.url).pathname}`;
    let making = this.#made.get(key);
    if (making === undefined) {
      making = (isCss ? squeezed(response) : response.bytes())
        .then(async (bytes) =>
          encoding === null
            ? bytes
            : new Uint8Array(await compress[encoding](bytes))
        );
      this.#made.set(key, making);
      making.catch(() => this.#made.delete(key));
    } else await response.body?.cancel();
    const bytes = await making;
    const all = new Headers(varied.headers);
    if (encoding !== null) describe(all, encoding);
    all.set("content-length", String(bytes.length));
    return new Response(bytes, { headers: all });
  }
}
