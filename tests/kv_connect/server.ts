/**
 * A KV Connect server (protocol versions 2 and 3) for tests: the part that the built-in client
 * uses, in memory, with the limits and refusals of denokv. It sums only KvU64 numbers.
 *
 * @module
 */
import {
  ENCODING,
  KeyStore,
  KeyStoreError,
  type Mutation,
  type Row,
} from "./key_store.ts";
import { limit, TOO_LONG_KEY, TOO_LONG_VALUE } from "./limits.ts";
import { concat, readMessage, writeMessage } from "./protobuf.ts";

/** A running server. */
export interface KvConnectServer extends AsyncDisposable {
  /** The URL for `Deno.openKv`; the token is {@linkcode TOKEN}. */
  url: string;
  port: number;
  store: KeyStore;
  /** The number of requests of each kind that were answered. */
  counts: Record<string, number>;
}

/** The access token, `DENO_KV_ACCESS_TOKEN`. */
export const TOKEN = "a-token-for-tests";
const DATA_TOKEN = "a-token-for-data";
const DATABASE = "5d3bf3ce-b2b1-4d6f-8d7f-6d2f6f3c9a01";
const TYPES = {
  1: "set",
  2: "delete",
  3: "sum",
  4: "max",
  5: "min",
  9: "suffix",
} as const;
const PING_MS = 5_000;
const SUCCESS = 1;
const CHECK_FAILURE = 2;
const READ_SUCCESS = 1;

/**
 * Starts a {@linkcode KvConnectServer} on a free port of the loopback address; `version` is the
 * first version of its store.
 */
export function startKvConnect(
  now = Date.now,
  version = 0n,
): KvConnectServer {
  const store = new KeyStore(now, version);
  const counts: Record<string, number> = {};
  const closing = new AbortController();

  async function answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    counts[pathname] = (counts[pathname] ?? 0) + 1;
    if (request.method !== "POST") return refusal(405, "");
    if (pathname === "/") return await metadata(request);
    const work = WORK[pathname];
    if (!work) return refusal(404, "Resource not found.");
    const version = request.headers.get("x-denokv-version");
    if (version !== "2" && version !== "3") {
      return refusal(400, "Expected protocol version 2.");
    }
    const wrong = tokenProblem(request, DATA_TOKEN);
    if (wrong) return refusal(401, wrong);
    if (request.headers.get("x-denokv-database-id") !== DATABASE) {
      return refusal(400, "Invalid database id.");
    }
    // A client that was disconnected during its request reads no response.
    const body = await request.bytes().catch(() => null);
    if (body === null) return refusal(400, "The request was cut off");
    try {
      return work(store, body, closing.signal);
    } catch (error) {
      if (error instanceof KeyStoreError) {
        return refusal(error.status, error.message);
      }
      if (error instanceof SyntaxError) {
        return refusal(400, `Request protobuf is invalid: ${error.message}`);
      }
      throw error;
    }
  }

  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
  }, answer);
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    port: server.addr.port,
    store,
    counts,
    async [Symbol.asyncDispose]() {
      closing.abort();
      await server.shutdown();
    },
  };
}

type Work = (
  store: KeyStore,
  body: Uint8Array,
  signal: AbortSignal,
) => Response;

const WORK: Record<string, Work> = {
  "/data/snapshot_read": (store, body) => protobuf(snapshotRead(store, body)),
  "/data/atomic_write": (store, body) => protobuf(atomicWrite(store, body)),
  "/data/watch": (store, body, signal) =>
    new Response(watch(store, body, signal), {
      headers: { "content-type": "application/octet-stream" },
    }),
};

function tokenProblem(request: Request, token: string): string | null {
  const [scheme, ...rest] = request.headers.get("authorization")?.split(" ") ??
    [];
  if (scheme === undefined || rest.length === 0) {
    return "Malformed authorization header.";
  }
  return scheme.toLowerCase() === "bearer" && rest.join(" ") === token
    ? null
    : "Invalid access token.";
}

async function metadata(request: Request): Promise<Response> {
  let supported: unknown;
  try {
    supported = (await request.json()).supportedVersions;
  } catch {
    // Not JSON, or null: refused below.
  }
  if (!Array.isArray(supported)) {
    return refusal(
      400,
      "The server requires at least protocol version 2. Use Deno 1.38.0 or newer.",
    );
  }
  const version = [3, 2].find((one) => supported.includes(one));
  if (!version) {
    return refusal(
      400,
      "The server could not negotiate a protocol version. The server requires protocol version 2 or 3.",
    );
  }
  const wrong = tokenProblem(request, TOKEN);
  if (wrong) return refusal(401, wrong);
  return Response.json({
    version,
    databaseId: DATABASE,
    endpoints: [{ url: "/data", consistency: "strong" }],
    token: DATA_TOKEN,
    expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
  });
}

function snapshotRead(store: KeyStore, body: Uint8Array) {
  const ranges = readMessage(body).all(1).map((bytes) => {
    const range = readMessage(bytes);
    return {
      start: range.bytes(1),
      end: range.bytes(2),
      limit: range.int(3),
      reverse: range.int(4) === 1,
    };
  });
  limit(
    "ranges",
    ranges.length,
    "Too many read ranges requested in one read request.",
  );
  let entries = 0;
  for (const range of ranges) {
    if (!(range.limit > 0)) {
      throw new KeyStoreError(
        "The read range limit of the snapshot read request is invalid.",
      );
    }
    limit("readKeyBytes", range.start.length, TOO_LONG_KEY);
    limit("readKeyBytes", range.end.length, TOO_LONG_KEY);
    entries += range.limit;
  }
  limit(
    "entries",
    entries,
    "The total number of entries requested across read ranges in the read request is too large.",
  );
  return writeMessage([
    ...ranges.map(({ start, end, limit, reverse }) => {
      const rows = store.range(start, end, limit, reverse);
      const message = writeMessage(rows.map((row) => [1, entry(row)]));
      return [1, message] as [number, Uint8Array];
    }),
    [4, true],
    [8, READ_SUCCESS],
  ]);
}

function atomicWrite(store: KeyStore, body: Uint8Array) {
  const message = readMessage(body);
  limit(
    "checks",
    message.all(1).length,
    "Too many checks included in atomic write.",
  );
  limit(
    "mutations",
    message.all(2).length + message.all(3).length,
    "Too many mutations / enqueues included in atomic write.",
  );
  let size = 0;
  const checks = message.all(1).map((bytes) => {
    const check = readMessage(bytes);
    const [key, versionstamp] = [check.bytes(1), check.bytes(2)];
    limit("readKeyBytes", key.length, TOO_LONG_KEY);
    if (versionstamp.length !== 0 && versionstamp.length !== 10) {
      throw new KeyStoreError("Invalid versionstamp.");
    }
    size += key.length;
    return { key, versionstamp };
  });
  const mutations = message.all(2).map((bytes): Mutation => {
    const mutation = readMessage(bytes);
    const key = mutation.bytes(1);
    limit("writeKeyBytes", key.length, TOO_LONG_KEY);
    const value = mutation.all(2).length > 0
      ? readMessage(mutation.bytes(2))
      : null;
    const data = value?.bytes(1) ?? new Uint8Array();
    limit("valueBytes", data.length, TOO_LONG_VALUE);
    size += key.length + data.length;
    const type = TYPES[mutation.int(3) as keyof typeof TYPES];
    if (!type || type !== "delete" && value === null) {
      throw new KeyStoreError("Invalid mutation kind or arguments.");
    }
    const encoding = value?.int(2) ?? 0;
    if (type !== "delete" && !isEncoding(encoding)) {
      throw new KeyStoreError("An internal server error occurred.", 500);
    }
    const expiresAt = mutation.int(4);
    if (expiresAt < -1) throw new KeyStoreError("Invalid mutation expire at.");
    return { key, type, value: data, encoding, expiresAt };
  });
  limit("writeBytes", size, "The total size of the atomic write is too large.");
  // The built-in client does not send them.
  if (message.all(3).length > 0) throw new KeyStoreError("No queues here");
  const result = store.write(checks, mutations);
  return "failed" in result
    ? writeMessage([
      [1, CHECK_FAILURE],
      // Packed, as proto3 encodes numbers in lists.
      [4, new Uint8Array(result.failed)],
    ])
    : writeMessage([[1, SUCCESS], [2, result.versionstamp]]);
}

function isEncoding(encoding: number): boolean {
  return Object.values<number>(ENCODING).includes(encoding);
}

/**
 * Frames of a four-byte length and a message: all keys at once, then after every write of one of
 * them; and an empty one every five seconds.
 */
function watch(
  store: KeyStore,
  body: Uint8Array,
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  const keys = readMessage(body).all(1).map((key) => readMessage(key).bytes(1));
  limit(
    "watchedKeys",
    keys.length,
    "Too many keys watched in a single watch request.",
  );
  for (const key of keys) limit("writeKeyBytes", key.length, TOO_LONG_KEY);
  let stop = () => {};
  return new ReadableStream({
    start(controller) {
      let known: string | undefined;
      function send(): void {
        const rows = keys.map((key) => store.get(key));
        const stamps = rows.map((row) => row?.versionstamp.toHex()).join();
        if (stamps === known) return;
        known = stamps;
        const outputs = rows.map((row) =>
          writeMessage([[1, true], [2, row ? entry(row) : undefined]])
        );
        controller.enqueue(frame(writeMessage([
          [1, READ_SUCCESS],
          ...outputs.map((output) => [2, output] as [number, Uint8Array]),
        ])));
      }
      const unsubscribe = store.onWrite(send);
      const ping = () => controller.enqueue(frame(new Uint8Array()));
      const timer = setInterval(ping, PING_MS);
      Deno.unrefTimer(timer);
      stop = () => {
        unsubscribe();
        clearInterval(timer);
        signal.removeEventListener("abort", onAbort);
      };
      const onAbort = () => {
        stop();
        controller.close();
      };
      signal.addEventListener("abort", onAbort);
      ping();
      send();
    },
    cancel: () => stop(),
  });
}

function frame(message: Uint8Array): Uint8Array {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, message.length, true);
  return concat([length, message]);
}

function entry({ key, value, encoding, versionstamp }: Row) {
  return writeMessage([
    [1, key],
    [2, value],
    [3, encoding],
    [4, versionstamp],
  ]);
}

function protobuf(body: Uint8Array<ArrayBuffer>): Response {
  return new Response(body, {
    headers: { "content-type": "application/x-protobuf" },
  });
}

function refusal(status: number, words: string): Response {
  return new Response(words, { status });
}
