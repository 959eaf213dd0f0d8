import type { Handler } from "../dispatch.ts";

/** Serves an app to its developers until the process ends. */
export async function serveDevelopment(
  handler: Handler,
  _staticDir: string,
  options: Partial<Deno.ServeTcpOptions>,
): Promise<void> {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 8000, ...options },
    handler,
  );
  await server.finished;
}
