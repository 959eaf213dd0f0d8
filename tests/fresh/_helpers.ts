import { type App, HttpError, type Middleware } from "fresh";

/** Sends a request to an app, by path. */
export function send<State>(
  app: App<State>,
  path: string,
  init?: RequestInit,
): Promise<Response> {
  return app.handler()(new Request(`http://localhost${path}`, init));
}

/** The body of an app's response for a path. */
export async function body<State>(
  app: App<State>,
  path: string,
  init?: RequestInit,
): Promise<string> {
  return await (await send(app, path, init)).text();
}

/** A middleware that appends its name to the response's "trail" header. */
export function mark(name: string): Middleware<unknown> {
  return async function marker(ctx) {
    const response = await ctx.next();
    const trail = response.headers.get("trail");
    response.headers.set("trail", trail ? `${name} ${trail}` : name);
    return response;
  };
}

/** A middleware that records the result of each request, thrown or returned. */
export function record(into: string[]): Middleware<unknown> {
  return async function recorder(ctx) {
    try {
      const response = await ctx.next();
      into.push(`${ctx.req.method} ${response.status}`);
      return response;
    } catch (error) {
      const status = error instanceof HttpError ? error.status : "error";
      into.push(`${ctx.req.method} thrown ${status}`);
      throw error;
    }
  };
}

/** Runs a function with console.error replaced; returns its output. */
export async function errorsLogged(
  run: () => Promise<unknown>,
): Promise<unknown[]> {
  const logged: unknown[] = [];
  const original = console.error;
  console.error = (...args: unknown[]) => void logged.push(args[0]);
  try {
    await run();
  } finally {
    console.error = original;
  }
  return logged;
}

/** Folder of the app that tests use. */
export const FIXTURE = new URL("./fixture", import.meta.url).href;

/** Folder of an app with unusual files. */
export const ODD = new URL("./odd", import.meta.url).href;
