import { delay } from "../base/delay.ts";
import { messageOf } from "../base/error_words.ts";
import { logLine } from "../base/log_line.ts";

/** How long to wait before listening on the port is retried, in milliseconds. */
const AGAIN_MS = 100;

/** A running server. */
export interface Serving {
  port: number;
  /** Accepts no new connections, and resolves when open requests are done. */
  shutdown(): Promise<void>;
}

/**
 * `Deno.serve`, but it survives when file descriptors run out: Deno ends a server whose accept
 * fails, and with it the process. Here all connections are closed, idle ones included, and the port
 * is listened on again.
 *
 * @throws what `Deno.serve` throws if it cannot listen on the port at the start.
 */
export function serveOn(
  options: Deno.ServeTcpOptions,
  handler: Deno.ServeHandler<Deno.NetAddr>,
): Serving {
  let { port = 0 } = options;
  let isOver = false;
  let server = serve();
  port = server.addr.port;

  function serve(): Deno.HttpServer<Deno.NetAddr> {
    const cut = new AbortController();
    const serving = Deno.serve(
      { ...options, port, signal: cut.signal },
      handler,
    );
    serving.finished.catch(async (error) => {
      if (isOver) return;
      cut.abort();
      logLine("error", "sys_accept_fail", {
        error: messageOf(error),
        consequence: "all connections were closed, and the port is open again",
      });
      await again();
    });
    return serving;
  }

  async function again(): Promise<void> {
    while (!isOver) {
      try {
        server = serve();
        return;
      } catch {
        await delay(AGAIN_MS);
      }
    }
  }

  return {
    port,
    shutdown() {
      isOver = true;
      return server.shutdown();
    },
  };
}
