import { ENCODING } from "./key_store.ts";
import { readMessage, writeMessage } from "./protobuf.ts";
import { TOKEN } from "./server.ts";

/** Requests of the protocol, valid or deliberately invalid. */
export interface RawKv {
  /** Requests metadata with this body and these headers. */
  metadata(body: string, headers?: Record<string, string>): Promise<Response>;
  /** Sends a message to an endpoint. */
  send(
    endpoint: string,
    message: Uint8Array<ArrayBuffer>,
    headers?: Record<string, string>,
  ): Promise<Response>;
}

/** Exchanges metadata with a server. */
export async function rawKv(url: string): Promise<RawKv> {
  const metadata: RawKv["metadata"] = (body, headers = {}) =>
    fetch(url, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}`, ...headers },
      body,
    });
  const answer = await metadata(`{"supportedVersions":[2,3]}`);
  const { endpoints, token, databaseId, version } = await answer.json();
  const base = new URL(endpoints[0].url, url).href;
  return {
    metadata,
    send: (endpoint, body, headers = {}) =>
      fetch(`${base}/${endpoint}`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${token}`,
          "x-denokv-database-id": databaseId,
          "x-denokv-version": String(version),
          ...headers,
        },
        body,
      }),
  };
}

type Message = Uint8Array<ArrayBuffer>;

/** A key of one text, as encoded in the store. */
export function textKey(text: string): Message {
  return new Uint8Array([2, ...new TextEncoder().encode(text), 0]);
}

/** A key of the given number of bytes. */
export function longKey(bytes: number): Message {
  return textKey("k".repeat(bytes - 2));
}

export function readMessageOf(
  ranges: {
    start: Message;
    end: Message;
    limit: number;
    reverse?: boolean;
  }[],
): Message {
  return writeMessage(
    ranges.map(({ start, end, limit, reverse }) => [
      1,
      writeMessage([[1, start], [2, end], [3, limit], [4, reverse]]),
    ]),
  );
}

export interface RawMutation {
  key: Message;
  type: number;
  value?: Message;
  encoding?: number;
  expiresAt?: number;
}

export function atomicMessage(
  { checks = [], mutations = [] }: {
    checks?: { key: Message; versionstamp: Message }[];
    mutations?: RawMutation[];
  },
): Message {
  return writeMessage([
    ...checks.map(({ key, versionstamp }) =>
      [1, writeMessage([[1, key], [2, versionstamp]])] as [number, Message]
    ),
    ...mutations.map((each) => [2, mutation(each)] as [number, Message]),
  ]);
}

function mutation(
  { key, type, value, encoding = ENCODING.bytes, expiresAt }: RawMutation,
): Message {
  return writeMessage([
    [1, key],
    [2, value && writeMessage([[1, value], [2, encoding]])],
    [3, type],
    [4, expiresAt],
  ]);
}

/** The result of an atomic write, without versionstamps. */
export function outcome(bytes: Uint8Array): unknown {
  const message = readMessage(bytes);
  return {
    status: message.int(1),
    versionstamp: message.bytes(2).length,
    failed: [...message.bytes(4)],
  };
}

/** The result of a read, without versionstamps. */
export function rows(bytes: Uint8Array): unknown {
  const message = readMessage(bytes);
  return {
    ranges: message.all(1).map((range) =>
      readMessage(range).all(1).map((row) => {
        const entry = readMessage(row);
        return [
          entry.bytes(1).toHex(),
          entry.bytes(2).toHex(),
          entry.int(3),
          entry.bytes(4).length,
        ];
      })
    ),
    rest: [message.int(2), message.int(4), message.int(8)],
  };
}
