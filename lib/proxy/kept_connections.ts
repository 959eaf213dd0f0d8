/**
 * The connections to the upstream that are kept between requests. `node:http` keeps them, too, but
 * by host and port, of which there is one here, and asks a response for an object of its fields
 * each time: a tenth of what a proxied request costs.
 *
 * @module
 */
import type http from "node:http";
import type { Socket } from "node:net";

/** The parts of an agent that its type does not show. */
interface Internals {
  addRequest(request: http.ClientRequest, ...rest: unknown[]): void;
}

/** A socket as the agent sees it. */
type AgentSocket = Socket & {
  _httpMessage?: http.ClientRequest & { res?: http.IncomingMessage } | null;
};

/**
 * Lets an agent, which talks to a single upstream, keep its idle connections in one list: the last
 * one is used first. At most `maxIdle` are kept.
 *
 * A kept connection on which the upstream has sent unrequested data is closed: the data would be
 * taken for the response to the next request.
 */
export function keepConnections(agent: http.Agent, maxIdle: number): void {
  const idle: AgentSocket[] = [];
  /** The bytes that each had received when its last response was complete. */
  const readBefore = new WeakMap<Socket, number>();
  const internals = agent as unknown as Internals;
  const connect = internals.addRequest;

  internals.addRequest = function (request, ...rest) {
    for (let socket; (socket = idle.pop()) !== undefined;) {
      if (isUsable(socket) && readBefore.get(socket) === socket.bytesRead) {
        request.reusedSocket = true;
        request.onSocket(socket);
        return;
      }
      socket.destroy();
    }
    connect.call(this, request, ...rest);
  };

  agent.removeAllListeners("free");
  agent.on("free", (socket: AgentSocket) => {
    const request = socket._httpMessage;
    if (
      !request?.shouldKeepAlive || !isUsable(socket) ||
      socket.readableLength > 0 || idle.length >= maxIdle ||
      isClosedSoon(request.res?.rawHeaders ?? [])
    ) {
      socket.destroy();
      return;
    }
    socket._httpMessage = null;
    if (!readBefore.has(socket)) {
      // What is idle neither keeps the process alive nor ends it by an error.
      socket.unref();
      socket.on("error", () => {});
      socket.on("close", () => {
        const place = idle.indexOf(socket);
        if (place >= 0) idle.splice(place, 1);
      });
    }
    readBefore.set(socket, socket.bytesRead);
    idle.push(socket);
  });
}

function isUsable(socket: Socket): boolean {
  return !socket.destroyed && socket.writable;
}

/** Whether the upstream announces that it keeps a connection for a second or less. */
function isClosedSoon(raw: readonly string[]): boolean {
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (raw[i]!.length !== 10 || raw[i]!.toLowerCase() !== "keep-alive") {
      continue;
    }
    const seconds = /\btimeout=(\d+)/i.exec(raw[i + 1]!)?.[1];
    if (seconds !== undefined) return Number(seconds) <= 1;
  }
  return false;
}
