/**
 * Stand-in for `@oak/oak`, for its example: npm's build, whose responses are of another class than
 * those that `Deno.serve` accepts.
 *
 * @module
 */
import { Application as Built } from "npm:@oakserver/oak@14.1.0";

/** The context of a middleware, as far as the example needs it. */
export interface Context {
  request: { ip: string; url: URL };
  response: { body: unknown };
}

/** An app. */
export class Application {
  readonly #built = new Built();

  /** Adds a middleware. */
  use(middleware: (ctx: Context) => unknown): this {
    this.#built.use((ctx) => void middleware(ctx as unknown as Context));
    return this;
  }

  /** Handles a request, or resolves to undefined if no middleware does. */
  async handle(
    request: Request,
    remoteAddr?: Deno.Addr,
  ): Promise<Response | undefined> {
    const answer = await this.#built.handle(
      request as never,
      remoteAddr as never,
    );
    if (!answer) return undefined;
    const { status, headers } = answer;
    return new Response(await answer.text(), {
      status,
      headers: [...headers],
    });
  }
}
