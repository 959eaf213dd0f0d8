import type { Socket } from "node:net";
import type { Visitor } from "../guard/visitor.ts";
import type { RequestHead } from "../http/request_view.ts";
import type { Bridge } from "./bridge.ts";
import type { Exchange } from "./exchange.ts";

/** One client's connection and its current exchange. */
export class Connection {
  readonly socket: Socket;
  /** The address at the other end; empty for a unix socket. */
  readonly peer: string;
  /** The client that it counts for; null if it is not limited. */
  readonly client: string | null;
  exchange: Exchange | null = null;
  bridge: Bridge | null = null;
  /** The last allowed request, with which open responses are re-checked. */
  admitted: { view: RequestHead; visitor: Visitor } | null = null;
  /** Pipelined requests, received before the previous response was sent. */
  readonly waiting: (() => void)[] = [];
  /** Time of the end of the last request, in milliseconds of `performance.now()`. */
  idleAt: number;
  /** The number of bytes received by then. */
  idleBytes = 0;
  /** Time at which closing began; 0 before that. */
  closingAt = 0;

  constructor(
    socket: Socket,
    peer: string,
    client: string | null,
    now: number,
  ) {
    this.socket = socket;
    this.peer = peer;
    this.client = client;
    this.idleAt = now;
  }

  get isIdle(): boolean {
    return this.exchange === null && this.bridge === null &&
      this.closingAt === 0;
  }

  /** Whether a part of a head has been received. */
  get hasBegun(): boolean {
    return this.socket.bytesRead > this.idleBytes;
  }

  /** Waits until written data has been sent before the connection is cut. */
  close(now: number): void {
    if (this.closingAt > 0) return;
    this.closingAt = now;
    this.socket.end();
    // Unread bytes would cause a reset on close, which overtakes the response.
    this.socket.resume();
  }
}

/** The maximum numbers of connections. */
export interface ConnectionLimits {
  total: number;
  perClient: number;
}

/** All connections of a server, counted by client. */
export class Connections {
  readonly #limits: ConnectionLimits;
  readonly #all = new Map<Socket, Connection>();
  readonly #idle = new Set<Connection>();
  readonly #perClient = new Map<string, number>();
  /** How many were refused or closed to make room. */
  shed = 0;

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#all.size;
  }

  [Symbol.iterator](): IterableIterator<Connection> {
    return this.#all.values();
  }

  of(socket: Socket): Connection | undefined {
    return this.#all.get(socket);
  }

  /**
   * Adds a new connection, or closes it if its client holds too many. If there is no room left, the
   * longest idle connection is closed.
   */
  add(connection: Connection): boolean {
    const { client, socket } = connection;
    const held = client === null ? 0 : this.#perClient.get(client) ?? 0;
    if (
      held >= this.#limits.perClient ||
      this.#all.size >= this.#limits.total && !this.#makeRoom()
    ) {
      this.shed++;
      socket.destroy();
      return false;
    }
    if (client !== null) this.#perClient.set(client, held + 1);
    this.#all.set(socket, connection);
    this.#idle.add(connection);
    return true;
  }

  #makeRoom(): boolean {
    for (const oldest of this.#idle) {
      this.shed++;
      this.remove(oldest);
      oldest.socket.destroy();
      return true;
    }
    return false;
  }

  remove(connection: Connection): void {
    if (!this.#all.delete(connection.socket)) return;
    this.#idle.delete(connection);
    const { client } = connection;
    if (client === null) return;
    const left = this.#perClient.get(client)! - 1;
    if (left === 0) this.#perClient.delete(client);
    else this.#perClient.set(client, left);
  }

  /** A request has started. */
  busy(connection: Connection): void {
    this.#idle.delete(connection);
  }

  /** The last response has been sent. */
  idle(connection: Connection, now: number): void {
    if (!this.#all.has(connection.socket)) return;
    connection.idleAt = now;
    connection.idleBytes = connection.socket.bytesRead;
    this.#idle.add(connection);
  }
}
