import { delay } from "../../lib/base/delay.ts";
import { type AdminServer, startWithAdmin } from "../acceptance/_admin.ts";
import { startServer, type TestServer } from "../_server.ts";
import { DENOKV, HINT, startDenokv } from "./denokv.ts";
import { Link } from "./link.ts";
import { startKvConnect, TOKEN } from "./server.ts";

/** A store behind a network. */
export interface RemoteStore extends AsyncDisposable {
  url: string;
  port: number;
  /** Kills it and restarts it with its stored data; the tests' own server cannot do that. */
  restart?(signal: Deno.Signal): Promise<void>;
}

/** The stores for tests with several processes. */
export const STORES: {
  name: string;
  ignore: boolean;
  start(): RemoteStore | Promise<RemoteStore>;
}[] = [
  { name: "KV Connect", ignore: false, start: () => startKvConnect() },
  { name: `denokv${HINT}`, ignore: DENOKV === null, start: startDenokv },
];

/** Processes of the app on one KV Connect server, each with a link of its own. */
export interface Cluster extends AsyncDisposable {
  server: RemoteStore;
  links: Link[];
  /** The running processes; restart replaces one. */
  nodes: TestServer[];
  /** The API of the first process, as an admin. */
  admin: AdminServer;
  /** Ends a process by a signal, if it still runs, and starts it again. */
  restart(index: number, signal: Deno.Signal): Promise<void>;
  /** Sets the state of every link. */
  setLinks(state: Link["state"], delayMs?: number): void;
}

/** Starts `size` processes; `env` is for all of them. */
export async function startCluster(
  { store = STORES[0]!, size = 3, env = {}, prepare }: {
    /** @default the tests' own */
    store?: typeof STORES[0];
    size?: number;
    env?: Record<string, string>;
    /** Fills the store before any process runs. */
    prepare?: (kv: Deno.Kv) => Promise<void>;
  } = {},
): Promise<Cluster> {
  const server = await store.start();
  const links = Array.from({ length: size }, () => new Link(server.port));
  Deno.env.set("DENO_KV_ACCESS_TOKEN", TOKEN);
  if (prepare) {
    using kv = await Deno.openKv(server.url);
    await prepare(kv);
  }
  const options = (index: number) => ({
    kvPath: links[index]!.url,
    env: { DENO_KV_ACCESS_TOKEN: TOKEN, GEO_PROVIDER: "off", ...env },
  });
  const admin = await startWithAdmin(options(0));
  const others = await Promise.all(
    links.slice(1).map((_, i) => startServer(options(i + 1))),
  );
  const nodes: TestServer[] = [admin, ...others];
  return {
    server,
    links,
    nodes,
    admin,
    async restart(index, signal) {
      await nodes[index]!.stop(signal);
      // Without its store a process does not start; a supervisor retries.
      while (true) {
        try {
          nodes[index] = await startServer(options(index));
          return;
        } catch (error) {
          if (!/Cannot (open|read) KV/.test(String(error))) throw error;
          await delay(100);
        }
      }
    },
    setLinks(state, delayMs = 0) {
      for (const link of links) {
        link.delayMs = delayMs;
        link.state = state;
      }
    },
    async [Symbol.asyncDispose]() {
      for (const link of links) link.state = "up";
      await Promise.all(nodes.map((node) => node.stop("SIGTERM")));
      for (const link of links) await link[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Polls until `is` returns true; false after `ms`. */
export async function within(
  ms: number,
  is: () => Promise<boolean>,
): Promise<boolean> {
  const end = performance.now() + ms;
  while (performance.now() < end) {
    if (await is()) return true;
    await delay(25);
  }
  return false;
}
