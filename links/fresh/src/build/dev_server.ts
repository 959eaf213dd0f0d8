import type { Handler } from "../dispatch.ts";
import { ALIVE_PATH } from "../render/scripts.ts";

/**
 * Serves an app in development until the process ends. Pages hold a stream open: a new id after a
 * restart, or a change below static/, makes them reload.
 */
export async function serveDevelopment(
  handler: Handler,
  staticDir: string,
  options: Partial<Deno.ServeTcpOptions>,
): Promise<void> {
  const changes = new EventTarget();
  void watch(staticDir, () => changes.dispatchEvent(new Event("change")));
  const id = crypto.randomUUID();

  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 8000, ...options },
    async (req, info) => {
      if (new URL(req.url).pathname.endsWith(ALIVE_PATH)) {
        return aliveStream(id, changes);
      }
      const response = await handler(req, info);
      return uncached(response);
    },
  );
  await server.finished;
}

/** Anything may change between two requests, even files at immutable URLs. */
function uncached(response: Response): Response {
  const headers = new Headers(response.headers);
  headers.set("cache-control", "no-store");
  return new Response(response.body, { status: response.status, headers });
}

function aliveStream(id: string, changes: EventTarget): Response {
  let onChange: () => void;
  const body = new ReadableStream<string>({
    start(controller) {
      controller.enqueue(`retry: 300\nevent: id\ndata: ${id}\n\n`);
      onChange = () => controller.enqueue("event: change\ndata:\n\n");
      changes.addEventListener("change", onChange);
    },
    cancel() {
      changes.removeEventListener("change", onChange);
    },
  });
  return new Response(body.pipeThrough(new TextEncoderStream()), {
    headers: {
      "content-type": "text/event-stream",
      "cache-control": "no-store",
    },
  });
}

/** Calls back once per burst of changes; a missing folder has none. */
async function watch(folder: string, changed: () => void): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    for await (const event of Deno.watchFs(folder)) {
      if (event.kind === "access") continue;
      clearTimeout(timer);
      timer = setTimeout(changed, 50);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
