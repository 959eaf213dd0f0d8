/**
 * Portcullis embedded in another app: guard, policy, console and jobs, in its process and on its
 * store.
 *
 * @module
 */
import { createSetupToken } from "../accounts/setup.ts";
import { ensureAdmin } from "../accounts/bootstrap.ts";
import { deadline } from "../base/delay.ts";
import { setLog } from "../base/log_line.ts";
import { packagedOperators } from "../geo/packaged.ts";
import type { VisitorHandler } from "../guard/enclose.ts";
import {
  type GuardedInfo,
  NO_INFO,
  peerAddress,
  withVisitor,
} from "../guard/info.ts";
import { controlsOf, LazyGuard } from "../guard/lazy_guard.ts";
import { type EnclosableApp, freshGuard } from "../guard/middleware.ts";
import { pathBelow, underBasePath } from "../http/base_path.ts";
import type { Handler } from "../http/drain.ts";
import { sentPath } from "../http/received_url.ts";
import { readRules } from "../policy/read_rules.ts";
import { requireDurable } from "../store/durable.ts";
import { openKv } from "../store/open.ts";
import { bringUpToDate } from "../store/schema.ts";
import { createJobs, everyMinute } from "./jobs.ts";
import { operatorsFor } from "./operators.ts";
import { type Settings, settingsOf } from "./portcullis_settings.ts";
import type { PortcullisOptions } from "./portcullis_options.ts";
import { openServices, type Services } from "./services.ts";
import { MINUTE } from "../base/duration.ts";

/** The pages, as the module made by the build. */
export interface ConsoleModule {
  /** The whole app, its guard included, as the program serves it. */
  createServer(services: Services): Handler;
  /** The pages alone, for an app whose guard covers both. */
  createConsole(services: Services): VisitorHandler;
  /** Paths of files that pages load, which are not logged. */
  staticPaths: ReadonlySet<string>;
}

/**
 * The app's handler; `info.visitor` says who sent the request.
 *
 * @example
 * ```ts
 * import type { HostHandler } from "@portcullis/portcullis";
 *
 * const handler: HostHandler = (_request, { visitor }) =>
 *   new Response(`Hello, ${visitor.ip}`);
 * ```
 */
export type HostHandler = (
  request: Request,
  info: GuardedInfo,
) => Response | Promise<Response>;

/**
 * A handler for `Deno.serve`; without `info`, as tests call it, the peer is nobody.
 *
 * @example
 * ```ts
 * import { portcullis, type ServedHandler } from "@portcullis/portcullis";
 *
 * const gate = portcullis({ kv: ":memory:", console: false });
 * const served: ServedHandler = gate.around(() => new Response("Hello"));
 * await gate.close();
 * ```
 */
export type ServedHandler = (
  request: Request,
  info?: Deno.ServeHandlerInfo,
) => Response | Promise<Response>;

/**
 * What {@linkcode portcullis} returns.
 *
 * @example
 * ```ts
 * import { type Portcullis, portcullis } from "@portcullis/portcullis";
 * import { assertEquals } from "@std/assert";
 *
 * const gate: Portcullis = portcullis({ kv: ":memory:", console: false });
 * const handler = gate.around(() => new Response("Hello"));
 * const response = await handler(new Request("http://localhost/"));
 * assertEquals(await response.text(), "Hello");
 * await gate.close();
 * ```
 */
export interface Portcullis extends AsyncDisposable {
  /**
   * Puts it around a whole Fresh app, so that also what Fresh refuses before any middleware runs is
   * guarded and recorded. Called before routes are added, it leaves the visitor in
   * `ctx.state.visitor` for them. Returns the app.
   */
  enclose<T extends EnclosableApp>(app: T): T;
  /**
   * Puts it around any handler of `Deno.serve`, such as Hono's `app.fetch`; `info.visitor`, in Hono
   * `c.env.visitor`, is who sent the request.
   */
  around(handler: HostHandler): ServedHandler;
  /** Opens everything now rather than with the first request; rejects where that fails. */
  ready(): Promise<void>;
  /** Stores what is only in memory, ends the jobs, and closes what was opened here. */
  close(): Promise<void>;
}

/** The opened parts. */
interface Opened {
  guard: Services["guard"];
  services: Services;
  console: VisitorHandler | null;
  close(): Promise<void>;
}

const OPEN_DEADLINE_MS = MINUTE;
/** An embedding app has no folder for packed data files, so they are unpacked beside the store. */
const NO_BUILD = new URL("none:");
/** Names of crons are unique in a process. */
let instances = 0;

/** Creates {@linkcode Portcullis} with these options and the pages of `loadConsole`. */
export function createPortcullis(
  options: PortcullisOptions,
  loadConsole: () => Promise<ConsoleModule>,
): Portcullis {
  const settings = settingsOf(options);
  if (settings.policy) readRules(settings.policy);
  const { base } = settings;
  let opened: Deno.Kv | undefined;
  const lazy = new LazyGuard<Opened>({
    requestDeadlineMs: settings.config.requestDeadline,
    onError: options.onError,
    async open() {
      const { kv } = settings;
      if (kv === undefined || typeof kv === "function") {
        opened ??= await deadline(
          kv?.() ?? openKv(settings.config.kvPath),
          OPEN_DEADLINE_MS,
        );
      }
      const store = typeof kv === "object" ? kv : opened!;
      return await open(store, settings, base === null ? null : loadConsole);
    },
    close: () => opened?.close(),
  });
  const ending = new AbortController();
  const jobs = lazyJobs(lazy, ending.signal);
  const number = ++instances;
  everyMinute(jobs.run, {
    name: number === 1 ? "portcullis" : `portcullis ${number}`,
    signal: ending.signal,
  });

  /** Whether a request is for the console; called for each, so the cheap check comes first. */
  function isOurs(request: Request): boolean {
    if (base === null || !request.url.includes(base)) return false;
    const path = sentPath(request.url, request.headers.get("host"));
    return pathBelow(base, path) !== null;
  }
  /** The console's answer; the app's for clients that the console is hidden from. */
  async function answerOurs(
    request: Request,
    info: GuardedInfo,
    next: HostHandler,
  ): Promise<Response> {
    const { console, services } = await lazy.ready();
    const isHidden = settings.hidden && services.authorize !== null &&
      !await services.authorize(request, info.visitor);
    return isHidden || console === null
      ? await next(request, info)
      : await console(request, info);
  }
  function answering(next: HostHandler): HostHandler {
    return (request, info) =>
      isOurs(request) ? answerOurs(request, info, next) : next(request, info);
  }

  const controls = controlsOf(lazy);
  async function close(): Promise<void> {
    ending.abort();
    await jobs.ended(settings.config.shutdownDeadline);
    await controls.close();
  }
  return {
    enclose: freshGuard(
      lazy,
      (next) => async (request, info) => await answering(next)(request, info),
    ).enclose,
    around(handler) {
      const answer = answering(handler);
      return function portcullisHandler(request, info = NO_INFO) {
        return lazy.handle(
          request,
          peerAddress(info.remoteAddr),
          (visitor, timely) => answer(timely, withVisitor(info, visitor)),
        );
      };
    },
    ready: async () => void await controls.ready(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Jobs that open the guard with their first run. */
function lazyJobs(lazy: LazyGuard<Opened>, signal: AbortSignal) {
  let runner: ReturnType<typeof createJobs> | undefined;
  let running: Promise<void> = Promise.resolve();
  async function round(): Promise<void> {
    try {
      const { services } = await lazy.ready();
      runner ??= createJobs(services, { signal });
    } catch {
      // The error was reported, or the guard is closed; the next minute tries again.
      return;
    }
    await runner.run();
  }
  return {
    run: (): Promise<void> => running = round(),
    /** Resolves when running jobs have ended, or their time limit has passed. */
    async ended(patienceMs: number): Promise<void> {
      await deadline(running, patienceMs).catch(() => {});
    },
  };
}

async function open(
  kv: Deno.Kv,
  { config, base, host, geo, asn, now }: Settings,
  loadConsole: (() => Promise<ConsoleModule>) | null,
): Promise<Opened> {
  await bringUpToDate(kv);
  await requireDurable(kv, config);
  const pages = await loadConsole?.() ?? null;
  const operators = asn ?? (geo === undefined ? packagedOperators : null);
  const services = await openServices({
    config,
    kv,
    now,
    operators: operatorsFor(
      asn === undefined ? config : { ...config, geoProvider: "embedded" },
      NO_BUILD,
      operators,
    ),
    staticPaths: pages?.staticPaths,
    host,
  });
  try {
    if (config.logFormat === "text" || config.privacyIp !== "full") {
      setLog({
        format: config.logFormat,
        storeAddress: services.addresses.stored,
      });
    }
    if (pages !== null && host.authorize === undefined) {
      await ensureAdmin(services.accounts, config.admin);
      await printSetupLink(services, base!);
    }
  } catch (error) {
    await services.close();
    throw error;
  }
  const handler = pages?.createConsole(services);
  return {
    guard: services.guard,
    services,
    console: handler ? belowBase(base!, handler) : null,
    close: () => services.close(),
  };
}

/** The console with its base path removed from URLs. */
function belowBase(base: string, handler: VisitorHandler): VisitorHandler {
  const moved = underBasePath(
    base,
    (request, info) => handler(request, info as unknown as GuardedInfo),
  );
  return async (request, info) =>
    await moved(
      request,
      info as unknown as Deno.ServeHandlerInfo<Deno.NetAddr>,
    );
}

/** The link that creates the first admin, while there is none. */
async function printSetupLink(
  { accounts, config }: Services,
  base: string,
): Promise<void> {
  const token = await createSetupToken(accounts);
  if (token === null) return;
  console.log(
    `Portcullis: no admin exists yet. Create one here, once, within 24 hours:\n  ${
      config.publicOrigin ?? "<your app>"
    }${base}/setup#${token}`,
  );
}
