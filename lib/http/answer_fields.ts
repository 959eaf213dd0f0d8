/**
 * Reads header fields of a response without accessing its `Headers`: Deno creates them on first
 * access, and sends a response without them in half the time. The values are read from internal
 * symbol properties; if these do not agree with `Headers`, `Headers` are read.
 *
 * @module
 */
type Behind = Record<symbol, unknown>;

const symbols = new Map(
  Object.getOwnPropertySymbols(new Response("text"))
    .map((symbol) => [symbol.description, symbol]),
);

function symbolOf(description: string): symbol {
  return symbols.get(description) ?? Symbol(description);
}

const MADE = symbolOf("headers");
const INNER = symbolOf("response");
const KIND = symbolOf("serve fast header kind");
const STATUS = symbolOf("serve fast status");
const TYPE = symbolOf("serve fast content type");

const TEXT = "text/plain;charset=UTF-8";
/** The content type, by Deno's internal kind, of a response that has no other field. */
const BY_KIND: readonly (string | null)[] = [null, TEXT];

/** A field's value, by its name in lower case; undefined if it cannot be read this way. */
function behind(response: Response, name: string): string | null | undefined {
  const answer = response as unknown as Behind;
  if (answer[MADE] !== null) return undefined;
  const status = answer[STATUS];
  if (typeof status !== "number") return undefined;
  if (status !== 0) {
    if (name !== "content-type") return null;
    const kind = answer[KIND] as number;
    return kind === 2 ? answer[TYPE] as string : BY_KIND[kind];
  }
  const inner = answer[INNER] as { headerList?: unknown } | undefined;
  const list = inner?.headerList;
  if (!Array.isArray(list)) return undefined;
  let value: string | null = null;
  for (let i = 0; i < list.length; i++) {
    const sent: string = list[i][0];
    if (sent.length !== name.length) continue;
    if (sent !== name && sent.toLowerCase() !== name) continue;
    const each: string = list[i][1];
    value = value === null ? each : `${value}, ${each}`;
  }
  return value;
}

const NAMES = ["content-type", "content-length", "content-disposition"];

const isKnown = [
  () => new Response("text"),
  () => new Response(null, { status: 204 }),
  () => new Response("text", { status: 404 }),
  () => new Response(new Uint8Array(1)),
  () => new Response(new ReadableStream()),
  () => new Response(new URLSearchParams("a=b")),
  () => new Response("<p>", { headers: { "Content-Type": "text/html" } }),
  () => new Response("a", { headers: [["Content-Length", "1"], ["a", "b"]] }),
  () => new Response("a", { headers: new Headers({ "content-type": "b/c" }) }),
  () => Response.json({}),
  () => Response.json({}, { headers: { "Content-Disposition": "inline" } }),
  () => Response.redirect("http://localhost/"),
].every((made) =>
  NAMES.every((name) => behind(made(), name) === made().headers.get(name))
);

/** A field of a response, by its name in lower case; null if it has none. */
export const answerField: (response: Response, name: string) => string | null =
  isKnown
    ? (response, name) => {
      const value = behind(response, name);
      return value === undefined ? response.headers.get(name) : value;
    }
    : (response, name) => response.headers.get(name);
