/**
 * A KV Connect server (protocol versions 2 and 3) for tests: as much as the built-in client asks of
 * one, in memory.
 *
 * @module
 */
import {
  KeyStore,
  KeyStoreError,
  type Mutation,
  type Row,
} from "./key_store.ts";
import { concat, readMessage, writeMessage } from "./protobuf.ts";

/** A running server. */
export interface KvConnectServer extends AsyncDisposable {
  /** What `Deno.openKv` is given; the token is {@linkcode TOKEN}. */
  url: string;
  port: number;
  store: KeyStore;
  /** How many requests of each kind were answered. */
  counts: Record<string, number>;
}

/** The access token, `DENO_KV_ACCESS_TOKEN`. */
export const TOKEN = "a-token-for-tests";
const DATA_TOKEN = "a-token-for-data";
const DATABASE = "5d3bf3ce-b2b1-4d6f-8d7f-6d2f6f3c9a01";
const TYPES = { 1: "set", 2: "delete", 3: "sum", 4: "max", 5: "min" } as const;
const SUCCESS = 1;
const CHECK_FAILURE = 2;
const READ_SUCCESS = 1;

/**
 * Starts a {@linkcode KvConnectServer} on a free port of the loopback address; `version` is where its
 * store begins to count.
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
    if (request.method !== "POST") return refusal(405, "Expected POST");
    if (pathname === "/") return await metadata(request);
    if (request.headers.get("authorization") !== `Bearer ${DATA_TOKEN}`) {
      return refusal(401, "Expected the token of the metadata");
    }
    if (request.headers.get("x-denokv-database-id") !== DATABASE) {
      return refusal(400, "No such database");
    }
    // A client that was cut off while it asked reads no answer.
    const body = await request.bytes().catch(() => null);
    if (body === null) return refusal(400, "The request was cut off");
    try {
      switch (pathname) {
        case "/data/snapshot_read":
          return protobuf(snapshotRead(store, body));
        case "/data/atomic_write":
          return protobuf(atomicWrite(store, body));
        case "/data/watch":
          return new Response(watch(store, body, closing.signal), {
            headers: { "content-type": "application/octet-stream" },
          });
      }
      return refusal(404, "No such endpoint");
    } catch (error) {
      if (error instanceof KeyStoreError || error instanceof SyntaxError) {
        return refusal(400, error.message);
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

async function metadata(request: Request): Promise<Response> {
  if (request.headers.get("authorization") !== `Bearer ${TOKEN}`) {
    return refusal(401, "Expected the access token");
  }
  const { supportedVersions } = await request.json() as {
    supportedVersions: number[];
  };
  const version = [3, 2].find((one) => supportedVersions.includes(one));
  if (!version) return refusal(400, "Expected version 2 or 3");
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
    const rows = store.range(
      range.bytes(1),
      range.bytes(2),
      range.int(3),
      range.int(4) === 1,
    );
    return writeMessage(rows.map((row) => [1, entry(row)]));
  });
  return writeMessage([
    ...ranges.map((range) => [1, range] as [number, Uint8Array]),
    [4, true],
    [8, READ_SUCCESS],
  ]);
}

function atomicWrite(store: KeyStore, body: Uint8Array) {
  const message = readMessage(body);
  const checks = message.all(1).map((bytes) => {
    const check = readMessage(bytes);
    return { key: check.bytes(1), versionstamp: check.bytes(2) };
  });
  const mutations = message.all(2).map((bytes): Mutation => {
    const mutation = readMessage(bytes);
    const value = readMessage(mutation.bytes(2));
    const type = TYPES[mutation.int(3) as keyof typeof TYPES];
    if (!type) throw new KeyStoreError("Unknown mutation");
    return {
      key: mutation.bytes(1),
      type,
      value: value.bytes(1),
      encoding: value.int(2),
      expiresAt: mutation.int(4),
    };
  });
  if (message.all(3).length > 0) throw new KeyStoreError("No queues here");
  const result = store.write(checks, mutations);
  return "failed" in result
    ? writeMessage([
      [1, CHECK_FAILURE],
      // Packed, as proto3 has numbers in lists.
      [4, new Uint8Array(result.failed)],
    ])
    : writeMessage([[1, SUCCESS], [2, result.versionstamp]]);
}

/** Frames of four bytes of length and a message: at once, and after every write that changed a key. */
function watch(
  store: KeyStore,
  body: Uint8Array,
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  const keys = readMessage(body).all(1).map((key) => readMessage(key).bytes(1));
  let stop = () => {};
  return new ReadableStream({
    start(controller) {
      const known: (string | undefined)[] = [];
      function send(): void {
        let changed = false;
        const outputs = keys.map((key, i) => {
          const row = store.get(key);
          const stamp = row ? row.versionstamp.toHex() : "";
          if (known[i] === stamp) return writeMessage([]);
          known[i] = stamp;
          changed = true;
          return writeMessage([[1, true], [2, row ? entry(row) : undefined]]);
        });
        if (!changed) return;
        const message = writeMessage([
          [1, READ_SUCCESS],
          ...outputs.map((output) => [2, output] as [number, Uint8Array]),
        ]);
        const length = new Uint8Array(4);
        new DataView(length.buffer).setUint32(0, message.length, true);
        controller.enqueue(concat([length, message]));
      }
      const unsubscribe = store.onWrite(send);
      const onAbort = () => {
        unsubscribe();
        controller.close();
      };
      signal.addEventListener("abort", onAbort);
      stop = () => {
        unsubscribe();
        signal.removeEventListener("abort", onAbort);
      };
      send();
    },
    cancel: () => stop(),
  });
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
