import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { titleOf } from "../http/problem.ts";

/** A response whose head is known, and which is sent after the guard has seen it. */
export interface Answer {
  readonly status: number;
  /** Alternating names and values; the guard's caller may add some. */
  readonly fields: string[];
  readonly reason: string;
  /** The body: the app's, or our own. */
  readonly body: IncomingMessage | Uint8Array | null;
}

/** Converts a `Response` of our own to an {@linkcode Answer}. */
export async function answerOf(response: Response): Promise<Answer> {
  const body = response.body === null ? null : await response.bytes();
  const fields: string[] = [];
  for (const [name, value] of response.headers) {
    if (name !== "content-length") fields.push(name, value);
  }
  if (body) fields.push("Content-Length", String(body.length));
  const { status } = response;
  return { status, fields, reason: titleOf(status), body };
}

/** Sends our own response through `node:http`. */
export function sendOwn(
  response: ServerResponse,
  answer: Answer,
  close: boolean,
): void {
  const { status, reason, fields, body } = answer;
  if (response.destroyed || response.headersSent) return;
  if (close) response.shouldKeepAlive = false;
  response.writeHead(status, reason, fields);
  response.end(body);
}

/**
 * Writes a response on a bare stream, as the last one of its connection: for requests without a
 * `ServerResponse`, because they could not be parsed or asked for a WebSocket.
 */
export function sendBare(stream: Duplex, answer: Answer): void {
  if (stream.destroyed || stream.writableEnded) return;
  const { status, reason, fields, body } = answer;
  stream.write(headText(status, reason, [...fields, "Connection", "close"]));
  // Further input is discarded, or closing would send a reset that overtakes the response.
  stream.resume();
  if (body === null) stream.end();
  else if (body instanceof Uint8Array) stream.end(body);
  else {
    whenOver(body, () => stream.end(), () => stream.destroy());
    stream.on("close", () => body.destroy());
    body.pipe(stream, { end: false });
  }
}

/**
 * Reports a body's end. A truncated body must not look complete; but if an app closes by a reset
 * after its last byte, there may be no `end` event.
 */
export function whenOver(
  body: IncomingMessage,
  onWhole: () => void,
  onBroken: () => void,
): void {
  let isOver = false;
  body.on("end", () => {
    isOver = true;
    onWhole();
  });
  body.on("close", () => {
    if (isOver) return;
    isOver = true;
    if (body.complete && body.readableLength === 0) onWhole();
    else onBroken();
  });
}

/** The head of a response as bytes; each character of a field is one byte. */
export function headText(
  status: number,
  reason: string,
  fields: readonly string[],
): Uint8Array {
  let text = `HTTP/1.1 ${status} ${reason}\r\n`;
  for (let i = 0; i + 1 < fields.length; i += 2) {
    text += `${fields[i]}: ${fields[i + 1]}\r\n`;
  }
  text += "\r\n";
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
