/**
 * The WebSocket that a request was upgraded to: a guard has to be able to end it. Deno returns it
 * only to the caller of `Deno.upgradeWebSocket()`, which is the app behind the guard.
 *
 * @module
 */

/** A cache by request, released with it. */
const sockets = new WeakMap<Request, WebSocket>();
let isListening = false;

/** From now on every request that is upgraded to a WebSocket is remembered. */
export function rememberUpgrades(): void {
  if (isListening) return;
  isListening = true;
  const upgrade = Deno.upgradeWebSocket;
  Deno.upgradeWebSocket = function upgradeWebSocket(request, options) {
    const upgraded = upgrade(request, options);
    sockets.set(request, upgraded.socket);
    return upgraded;
  };
}

/** The WebSocket that a request was upgraded to, if any. */
export function upgradedSocket(request: Request): WebSocket | undefined {
  return sockets.get(request);
}
