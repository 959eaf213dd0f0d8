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
  /** Timeout for connecting to the upstream, in milliseconds. */
  connectMs: number;
  /**
   * Timeout for the head of its response, in milliseconds from the last sent byte of the request.
   */
  headMs: number;
  /** The window over which a body must arrive at the minimum rate, in milliseconds. */
  deadlineMs: number;
  /** The fields that go to the upstream. */
  fieldsFor: (
    raw: readonly string[],
    judged: Judged,
    visitor: Visitor,
  ) => string[];
  /** Called with the reason of a 502 or 504. */
  onError: (message: string) => void;
  /** Called when the upstream has responded. */
  onAnswer: () => void;
}

/** An {@linkcode Answer} of the upstream; `upgraded` if it became a WebSocket. */
export interface UpstreamAnswer extends Answer {
  readonly body: IncomingMessage | null;
  readonly upgraded?: { stream: Duplex; early: Uint8Array };
}

const MALFORMED = "The body is malformed.";
/** The minimum rate of a body, in bytes a second. */
const LEAST_RATE = 500;
/** How much of an unwanted body is read and discarded, so that the response arrives. */
const MAX_DRAINED = 64 * 1024 * 1024;
/** Up to this size a response is cheaper in one chunk, in bytes. */
const MAX_AT_ONCE = 16 * 1024;
/** How long an app that has responded may stop reading, in milliseconds. */
const ABANDON_MS = 2_000;
/** These can be sent again if a kept idle connection turns out to be closed. */
const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * One request to the upstream and its response. Bodies flow in both directions as fast as the
 * slower side reads; deadlines are checked from outside, as a timer for each request would cost
 * more than all other bookkeeping.
 */
export class Exchange {
  /** Whether the guard has allowed it. */
  isAdmitted = false;
  /** Whether the connection cannot be reused after the response. */
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
  /**
   * Whether the upstream is slower than the client; that time is not counted against the client.
   */
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

  /**
   * Sends the request to the upstream; resolves with the head of the response, or with one of our
   * own.
   */
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
      // For example, without permission to read the system's certificate authorities.
      this.#fail(502, `Cannot reach the upstream: ${wordsOf(error)}`);
      return;
    }
    this.#outgoing = outgoing;
    outgoing.on("response", (head) => this.#onResponse(head));
    outgoing.on("error", (error) => {
      if (this.#outgoing !== outgoing) return;
      // A complete response is not lost when sending the rest of the body fails.
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

  /** The upstream reads no more of the body: the rest is discarded. */
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
    // Until the body is read, an error in it must not count as unhandled.
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

  /** Ends the exchange with the upstream; responds with `answer` if it has not responded. */
  #end(answer: Response): void {
    const resolve = this.#resolve;
    this.#resolve = undefined;
    this.#abandon();
    resolve?.(answer);
  }

  /** Whether the request's whole body has been received. */
  get hasBody(): boolean {
    return this.#incoming.complete;
  }

  /** Whether the body has been read completely. */
  get isRead(): boolean {
    const { complete, readableLength } = this.#incoming;
    return complete && readableLength === 0;
  }

  /** The body could not be parsed. False if a response has begun. */
  malformed(): boolean {
    this.isBroken = true;
    if (this.#resolve === undefined) return !this.isAdmitted;
    this.#end(plainAnswer(400, this.#path, MALFORMED));
    return true;
  }

  /** Responds to a client that is no longer allowed. False if a response has begun. */
  refuse(answer: () => Response): boolean {
    if (this.#resolve === undefined) return false;
    this.isBroken = true;
    this.#end(answer());
    return true;
  }

  /** The client disconnected before the response was complete. */
  gone(): void {
    this.#end(new Response(null, { status: 499 }));
  }

  /** The response has been sent; more of the body may still arrive. */
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

  /** Checks the deadlines; false if the connection has to be closed. */
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
      // The app has responded and reads no more.
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

  /** Closes the connection to the upstream. */
  destroy(): void {
    const outgoing = this.#outgoing;
    if (outgoing === undefined) return;
    // Deno resends a request that was ended on a kept connection: seen on 2.9.6.
    outgoing.reusedSocket = false;
    outgoing.destroy();
  }

  /** Sends the upstream's response to the client. */
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
 * A short response that arrived in one chunk with its head is sent in one chunk: as text with one
 * character per byte, which `node:http` joins to the head, while a buffer would be written
 * separately.
 */
function sendAtOnce(body: IncomingMessage, response: ServerResponse): void {
  const pieces: Buffer[] = [];
  // One read may not return all that is buffered.
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
  // Read to its end, so that its connection can be reused.
  body.resume();
}

const DETAILS: Record<number, string> = {
  502: "The app behind this server does not answer.",
  504: "The app behind this server did not answer in time.",
};

function wordsOf(error: unknown): string {
  return messageOf(error);
}
