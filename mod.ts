/**
 * Portcullis: a guard, a policy, detection and a console for any app on Deno, in its own process and
 * on its own store. Run by itself it is the program: `deno run -A jsr:@portcullis/portcullis start`.
 *
 * ```ts ignore
 * import { portcullis } from "@portcullis/portcullis";
 *
 * const gate = portcullis();
 * Deno.serve(gate.around(() => new Response("Hello")));
 * ```
 *
 * @module
 */
import {
  type ConsoleModule,
  createPortcullis,
  type Portcullis,
} from "./lib/app/portcullis.ts";
import type { PortcullisOptions } from "./lib/app/portcullis_options.ts";
export type { GuardedInfo } from "./lib/guard/info.ts";
export type { RemoteUser, Visitor } from "./lib/guard/visitor.ts";
export type { OperatorData } from "./lib/geo/operator_data.ts";
export type { OperatorSource } from "./lib/geo/open_operators.ts";
export type { OperatorFiles } from "./lib/geo/pack_operators.ts";
export type { HostHandler, ServedHandler } from "./lib/app/portcullis.ts";
export type { ProgramOption } from "./lib/app/portcullis_options.ts";
export type { Portcullis, PortcullisOptions };

/**
 * Guard, policy, detection and console for the app around which it is put. Opens with the first
 * request; what no option says comes from the environment. To be called at the top level of a
 * module, where its jobs are looked for.
 *
 * @throws {TypeError | RangeError | SyntaxError | Error} where an option or a variable is not valid.
 *
 * @example In front of any handler, here without a console and on a store in memory
 * ```ts
 * import { portcullis } from "@portcullis/portcullis";
 * import { assertEquals } from "@std/assert";
 *
 * const gate = portcullis({ kv: ":memory:", console: false });
 * const handler = gate.around(() => new Response("Hello"));
 * const response = await handler(new Request("http://localhost/"));
 * assertEquals(await response.text(), "Hello");
 * await gate.close();
 * ```
 */
export function portcullis(options: PortcullisOptions = {}): Portcullis {
  return createPortcullis(
    options,
    // Made by the build; what it has been made of may be older than these types.
    () =>
      import("./_console/mod.js") as Promise<unknown> as Promise<ConsoleModule>,
  );
}

// The program is in the package on JSR alone: a bundle that this is part of is the app's own program.
if (import.meta.main && import.meta.url.endsWith("/mod.ts")) {
  // Computed, so that who only imports this has nothing of the program downloaded.
  await import(
    /* @vite-ignore */
    new URL(["./tasks/portcullis", "ts"].join("."), import.meta.url).href
  );
}
