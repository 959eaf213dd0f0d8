import { messageOf } from "../base/error_words.ts";
import { Buffer } from "node:buffer";
import type { ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { plainAnswer } from "../http/plain_answer.ts";
import { titleOf } from "../http/problem.ts";
import type { Judged } from "../http/target.ts";
import type { Visitor } from "../guard/visitor.ts";
import { type Answer, whenOver } from "./answer.ts";
import { answerFields } from "./headers.ts";
import type { Upstream } from "./upstream.ts";

/** What all exchanges of a proxy share. */
export interface ExchangeSetup {
  upstream: Upstream;
  /** Until a connection to the upstream stands, in milliseconds. */
  connectMs: number;
  /** Until the head of its answer is there, in milliseconds from the last byte of the request sent. */
  headMs: number;
  /** Over each such time a body has to come at the least rate, in milliseconds. */
  deadlineMs: number;
  /** The fields that go to the upstream. */
  fieldsFor: (
    raw: readonly string[],
    judged: Judged,
    visitor: Visitor,
  ) => string[];
  /** Called with the reason of a 502 or 504. */
  onError: (message: string) => void;
  /** Called when the upstream has answered. */
  onAnswer: () => void;
}

/** An {@linkcode Answer} of the upstream; `stream` where it became a WebSocket. */
export interface UpstreamAnswer extends Answer {
  readonly body: IncomingMessage | null;
  readonly upgraded?: { stream: Duplex; early: Uint8Array };
}

const MALFORMED = "The body is malformed.";
/** Bytes a second that a body has to come at. */
const LEAST_RATE = 500;
/** How much of an unwanted body is read and discarded, so that the response arrives. */
const MAX_DRAINED = 64 * 1024 * 1024;
/** Up to here an answer is cheaper in one piece, in bytes. */
const MAX_AT_ONCE = 16 * 1024;
/** How long an app that has answered may stop reading, in milliseconds. */
const ABANDON_MS = 2_000;
/** These can be sent again where an idle connection turns out to have been closed. */
const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * One request on its way to the upstream and back. Bodies go both ways as fast as the slower end
 * takes them; deadlines are looked at from outside, as a timer a request would cost more than the
 * rest of the bookkeeping.
 */
export class Exchange {
  /** Whether the guard has let it in. */
  isAdmitted = false;
  /** Whether the connection is of no more use after the answer. */
  isBroken = false;
  readonly startedAt: number;
  readonly #setup: ExchangeSetup;
  readonly #incoming: IncomingMessage;
  #outgoing: ClientRequest | undefined;
  #resolve: ((answer: UpstreamAnswer | Response) => void) | undefined;
  #path = "/";
  #judged: Judged | undefined;
  #fields: string[] = [];
  #attemptedAt = 0;
  #progressAt = 0;
  #windowAt: number;
  #windowBytes = 0;
  #bytes = 0;
  /** Whether the upstream is slower than the client, so that the client cannot be blamed. */
  #paused = false;
  /** Whether the rest of the body is discarded. */
  #discards = true;
  #answeredAt = 0;
  #bytesAtAnswer = 0;
  #discardsAt = 0;
  #upgrade: Duplex | undefined;

  constructor(setup: ExchangeSetup, incoming: IncomingMessage, now: number) {
    this.#setup = setup;
    this.#incoming = incoming;
    this.startedAt = this.#windowAt = now;
  }

  /** Sends the request on; resolves with the head of the answer, or with one of our own. */
  run(
    judged: Judged,
    path: string,
    visitor: Visitor,
    upgrade?: Duplex,
  ): Promise<UpstreamAnswer | Response> {
    this.isAdmitted = true;
    this.#path = path;
    if (this.isBroken) {
      return Promise.resolve(plainAnswer(400, path, MALFORMED));
    }
    this.#judged = judged;
    this.#upgrade = upgrade;
    const { rawHeaders } = this.#incoming;
    this.#fields = this.#setup.fieldsFor(rawHeaders, judged, visitor);
    if (upgrade) {
      this.#fields.push("Connection", "Upgrade", "Upgrade", "websocket");
    }
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#attempt(judged.framing === "none" && this.#isRepeatable());
    });
  }

  #isRepeatable(): boolean {
    return REPEATABLE.has(this.#incoming.method!) && !this.#upgrade;
  }

  #attempt(reuse: boolean): void {
    const incoming = this.#incoming;
    const { target, framing } = this.#judged!;
    const method = incoming.method!;
    const now = performance.now();
    this.#attemptedAt = this.#progressAt = this.#windowAt = now;
    let outgoing: ClientRequest;
    try {
      const fields = this.#fields;
      outgoing = this.#setup.upstream.open({
        method,
        target,
        fields,
        framing,
        reuse,
      });
    } catch (error) {
      // Without permission to read the certificate authorities of the machine, say.
      this.#fail(502, `Cannot reach the upstream: ${wordsOf(error)}`);
      return;
    }
    this.#outgoing = outgoing;
    outgoing.on("response", (head) => this.#onResponse(head));
    outgoing.on("error", (error) => {
      if (this.#outgoing !== outgoing) return;
      // The answer, if it was whole, is not lost with the rest of the body.
      if (this.#resolve === undefined) return this.#stopBody();
      if (reuse && outgoing.reusedSocket) return this.#attempt(false);
      this.#fail(502, `Cannot reach the upstream: ${wordsOf(error)}`);
    });
    outgoing.on("upgrade", (head, stream, early) => {
      if (!this.#upgrade || this.#resolve === undefined) {
        stream.destroy();
        if (this.#resolve) this.#fail(502, "The upstream switched protocols");
        return;
      }
      this.#settle({
        status: 101,
        reason: head.statusMessage ?? titleOf(101),
        fields: [
          ...answerFields(head.rawHeaders),
          ...["Connection", "Upgrade", "Upgrade", "websocket"],
        ],
        body: null,
        upgraded: { stream, early },
      });
    });
    if (framing === "none") outgoing.end();
    else this.#pump(outgoing);
  }

  #pump(outgoing: ClientRequest): void {
    const incoming = this.#incoming;
    this.#discards = false;
    incoming.on("data", (chunk: Uint8Array) => {
      this.#bytes += chunk.length;
      if (this.#discards) return;
      this.#progressAt = performance.now();
      if (outgoing.write(chunk)) return;
      this.#paused = true;
      incoming.pause();
    });
    outgoing.on("drain", () => this.#resume());
    outgoing.on("close", () => {
      if (this.#outgoing === outgoing) this.#stopBody();
    });
    incoming.on("end", () => {
      if (!this.#discards) outgoing.end();
    });
    incoming.on("error", () => {});
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#windowAt = performance.now();
    this.#windowBytes = this.#bytes;
    this.#incoming.resume();
  }

  /** The upstream takes no more of the body: the rest is read away. */
  #stopBody(): void {
    if (!this.#discards) this.#discardsAt = performance.now();
    this.#discards = true;
    this.#resume();
  }

  #abandon(): void {
    this.#stopBody();
    this.destroy();
  }

  #onResponse(head: IncomingMessage): void {
    if (this.#resolve === undefined) {
      head.destroy();
      return;
    }
    // Before anybody reads it, a broken body must not count as unhandled.
    head.on("error", () => {});
    this.#settle({
      status: head.statusCode!,
      reason: head.statusMessage ?? "",
      fields: answerFields(head.rawHeaders),
      body: head,
    });
  }

  #settle(answer: UpstreamAnswer): void {
    const resolve = this.#resolve!;
    this.#resolve = undefined;
    this.#setup.onAnswer();
    resolve(answer);
  }

  #fail(status: number, message: string): void {
    this.#setup.onError(message);
    this.#end(plainAnswer(status, this.#path, DETAILS[status] ?? ""));
  }

  /** Ends what goes on with the upstream, by an answer of our own where none has come. */
  #end(answer: Response): void {
    const resolve = this.#resolve;
    this.#resolve = undefined;
    this.#abandon();
    resolve?.(answer);
  }

  /** Whether all of the request's body has come. */
  get hasBody(): boolean {
    return this.#incoming.complete;
  }

  /** Whether nothing of the body is left to be read. */
  get isRead(): boolean {
    const { complete, readableLength } = this.#incoming;
    return complete && readableLength === 0;
  }

  /** The parser could not make sense of the body. False where an answer has begun. */
  malformed(): boolean {
    this.isBroken = true;
    if (this.#resolve === undefined) return !this.isAdmitted;
    this.#end(plainAnswer(400, this.#path, MALFORMED));
    return true;
  }

  /** Answers a client that is no longer allowed. False if a response has begun. */
  refuse(answer: () => Response): boolean {
    if (this.#resolve === undefined) return false;
    this.isBroken = true;
    this.#end(answer());
    return true;
  }

  /** The client went away before it was answered to the end. */
  gone(): void {
    this.#end(new Response(null, { status: 499 }));
  }

  /** The answer has been sent; of the body more may still come. */
  answered(now: number): void {
    this.#answeredAt = now;
    this.#bytesAtAnswer = this.#bytes;
    if (!this.isRead && this.#outgoing === undefined) this.#drain();
  }

  #drain(): void {
    this.#discards = true;
    this.#incoming.on("data", (chunk: Uint8Array) => {
      this.#bytes += chunk.length;
    });
  }

  /** Looks at the deadlines; false where the connection has to be closed. */
  look(now: number): boolean {
    const { deadlineMs, connectMs, headMs } = this.#setup;
    const isWaiting = this.#resolve !== undefined;
    if (!this.#incoming.complete && !this.#isInTime(now, deadlineMs)) {
      if (!isWaiting) return false;
      this.#end(
        plainAnswer(408, this.#path, "The request took too long to arrive."),
      );
      return true;
    }
    if (isWaiting) {
      const socket = this.#outgoing?.socket;
      const isConnected = socket && !socket.connecting;
      if (!isConnected && now - this.#attemptedAt > connectMs) {
        this.#fail(504, `No connection to the upstream within ${connectMs} ms`);
      } else if (now - this.#progressAt > headMs) {
        this.#fail(504, `No answer of the upstream within ${headMs} ms`);
      }
    }
    if (this.#answeredAt > 0 && !this.isRead) {
      // It has answered and reads no more.
      if (this.#paused && now - this.#progressAt > ABANDON_MS) this.#abandon();
      if (!this.#discards) return true;
      const since = Math.max(this.#answeredAt, this.#discardsAt);
      return now - since < deadlineMs &&
        this.#bytes - this.#bytesAtAnswer < MAX_DRAINED;
    }
    return true;
  }

  #isInTime(now: number, deadlineMs: number): boolean {
    if (this.#paused) {
      this.#windowAt = now;
      this.#windowBytes = this.#bytes;
      return true;
    }
    if (now - this.#windowAt < deadlineMs) return true;
    const least = LEAST_RATE * deadlineMs / 1_000;
    if (this.#bytes - this.#windowBytes < least) return false;
    this.#windowAt = now;
    this.#windowBytes = this.#bytes;
    return true;
  }

  /** Cuts off what goes on with the upstream. */
  destroy(): void {
    const outgoing = this.#outgoing;
    if (outgoing === undefined) return;
    // Deno sends a request anew that was ended on a kept connection: seen on 2.9.6.
    outgoing.reusedSocket = false;
    outgoing.destroy();
  }

  /** Sends the upstream's answer to the client. */
  send(answer: UpstreamAnswer, response: ServerResponse): void {
    const { status, reason, fields, body } = answer;
    if (response.destroyed || body === null) {
      body?.destroy();
      return;
    }
    response.sendDate = false;
    response.writeHead(status, reason, fields);
    if (body.complete && body.readableLength <= MAX_AT_ONCE) {
      sendAtOnce(body, response);
      return;
    }
    body.on("data", (chunk: Uint8Array) => {
      if (response.write(chunk)) return;
      body.pause();
      response.once("drain", () => body.resume());
    });
    whenOver(body, () => response.end(), () => response.destroy());
  }
}

/**
 * A short answer that came in one piece with its head leaves in one piece: as text of one character
 * a byte, which `node:http` joins to the head, where a buffer would be written beside it.
 */
function sendAtOnce(body: IncomingMessage, response: ServerResponse): void {
  const pieces: Buffer[] = [];
  // One read need not give all that is there.
  for (let piece; (piece = body.read() as Buffer | null) !== null;) {
    pieces.push(piece);
  }
  const chunk = pieces.length > 1 ? Buffer.concat(pieces) : pieces[0] ?? null;
  const head = response as unknown as { _header?: unknown };
  if (chunk === null) response.end();
  else if (typeof head._header === "string" && !response.chunkedEncoding) {
    head._header += chunk.toString("latin1");
    response.end();
  } else response.end(chunk);
  // To its end, upon which its connection may be used again.
  body.resume();
}

const DETAILS: Record<number, string> = {
  502: "The app behind this server does not answer.",
  504: "The app behind this server did not answer in time.",
};

function wordsOf(error: unknown): string {
  return messageOf(error);
}
