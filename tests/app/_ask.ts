/** An app, or a wrapper of one. */
export type Handler = (
  request: Request,
  info?: Deno.ServeHandlerInfo,
) => Response | Promise<Response>;

/** Calls a handler in this process, like a client at `peer`. */
export async function ask(
  handler: Handler,
  path: string,
  { peer = "198.51.100.7", ...init }: RequestInit & { peer?: string } = {},
): Promise<{ status: number; text: string; headers: Headers }> {
  const response = await handler(
    new Request(`http://host.example${path}`, { redirect: "manual", ...init }),
    {
      remoteAddr: { transport: "tcp", hostname: peer, port: 4_000 },
      completed: Promise.resolve(),
    },
  );
  const { status, headers } = response;
  return { status, text: await response.text(), headers };
}
