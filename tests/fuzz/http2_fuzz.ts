/**
 * Fuzzes a running app over HTTP/2 without TLS, with the requests of the other fuzzer as far as
 * HTTP/2 can express them.
 *
 * @module
 */
import http2 from "node:http2";
import { Chance } from "./random.ts";
import { type FuzzIdentity, fuzzRequest } from "./requests.ts";

/** The result. */
export interface Http2Result {
  sent: number;
  answers: Map<number, number>;
  /** Requests with a response of 500 or more. */
  failures: string[];
  /** Streams and sessions that ended without a response. */
  refused: number;
}

/** Fields that HTTP/2 does not have, or that the client makes itself. */
const LEFT_OUT =
  /^(connection|keep-alive|proxy-connection|transfer-encoding|upgrade|host|http2-settings|te|content-length|expect|trailer)$/;
const AT_ONCE = 50;

interface Sent {
  fields: Record<string, string>;
  body: string;
}

/** The request for HTTP/2; null if it cannot be expressed. */
function asHttp2(wire: string, host: string): Sent | null {
  const [head = "", ...rest] = wire.split("\r\n\r\n");
  const [line = "", ...lines] = head.split("\r\n");
  // A field that HTTP/2 forbids ends the whole session.
  const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}) ([!-~]+) HTTP/.exec(line);
  if (match === null) return null;
  const fields: Record<string, string> = {
    ":method": match[1]!,
    ":path": match[2]!,
    ":scheme": "http",
    ":authority": host,
  };
  for (const each of lines) {
    const [, name = "", value = ""] = /^([^:\s]+):\s*(.*)$/s.exec(each) ?? [];
    const key = name.toLowerCase();
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(key) || LEFT_OUT.test(key)) continue;
    if (!/^[\t -~\x80-\xff]*$/.test(value)) continue;
    fields[key] = value.trim();
  }
  return { fields, body: rest.join("\r\n\r\n") };
}

/** Sends `requests` malformed requests, several at once on each session. */
export async function fuzzHttp2(
  { origin, requests, seed, identity = null }: {
    origin: string;
    requests: number;
    seed: number;
    identity?: FuzzIdentity | null;
  },
): Promise<Http2Result> {
  const chance = new Chance(seed);
  const { host } = new URL(origin);
  const result: Http2Result = {
    sent: 0,
    answers: new Map(),
    failures: [],
    refused: 0,
  };
  while (result.sent < requests) {
    const session = http2.connect(origin);
    session.on("error", () => {});
    const batch: Promise<void>[] = [];
    for (let i = 0; i < AT_ONCE && result.sent < requests; i++) {
      const sent = asHttp2(fuzzRequest(chance, identity).wire, host);
      if (sent === null) continue;
      result.sent++;
      batch.push(ask(session, sent, result));
    }
    await Promise.all(batch);
    session.destroy();
  }
  return result;
}

function ask(
  session: http2.ClientHttp2Session,
  { fields, body }: Sent,
  result: Http2Result,
): Promise<void> {
  return new Promise((resolve) => {
    let status = 0;
    let isDone = false;
    const done = () => {
      if (isDone) return;
      isDone = true;
      clearTimeout(timer);
      if (status === 0) result.refused++;
      resolve();
    };
    const timer = setTimeout(done, 5_000);
    try {
      const hasBody = body !== "" && !/^(GET|HEAD)$/.test(fields[":method"]!);
      const stream = session.request(fields, { endStream: !hasBody });
      stream.on("response", (head) => {
        status = Number(head[":status"]);
        result.answers.set(status, (result.answers.get(status) ?? 0) + 1);
        if (status >= 500) result.failures.push(JSON.stringify(fields));
      });
      stream.on("error", done);
      stream.on("close", done);
      stream.on("end", done);
      stream.resume();
      if (hasBody) {
        stream.end(Uint8Array.from(body, (one) => one.charCodeAt(0)));
      }
    } catch {
      // Requests that the client itself refuses to send.
      done();
    }
  });
}
