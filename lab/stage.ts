import { delay } from "../lib/base/delay.ts";
import type { Actor } from "./actor.ts";
import { openFront } from "./front.ts";
import { startShop } from "./shop.ts";

/** What became of an actor. */
export interface Outcome {
  name: string;
  /** Against what: the shop behind the proxy, or the app. */
  where: "proxy" | "app";
  /** Under its own name or a browser's. */
  as: "itself" | "a browser";
  address: string;
  requests: number;
  /** From the first request on, in seconds; null: never. */
  found: number | null;
  stopped: number | null;
  /** By which rules it was found, and as how serious. */
  rules: string[];
  severity: string | null;
}

/** One actor in one place. */
export interface Part {
  actor: Actor;
  where: "proxy" | "app";
  agent: string | null;
  address: string;
}

/** A shop behind the proxy, the app beside it, and one store. */
export interface Stage extends AsyncDisposable {
  /**
   * Lets actors act side by side, each for so long at most, and watches what becomes of them, for so
   * long after that at most.
   */
  play(
    parts: readonly Part[],
    limitMs: number,
    afterMs?: number,
  ): Promise<Outcome[]>;
}

const ROOT = new URL("../", import.meta.url);
const PASSWORD = "a password of the lab";
/** After its last request, an actor is watched for so long. */
const AFTER_MS = 62_000;
const LOOK_MS = 1_000;

/** Starts everything; only on this machine. */
export async function openStage(): Promise<Stage> {
  const folder = await Deno.makeTempDir({ prefix: "portcullis_lab_" });
  const shop = startShop();
  const env = {
    HOST: "127.0.0.1",
    PORT: "0",
    KV_PATH: `${folder}/kv.db`,
    TRUSTED_PROXIES: "127.0.0.1/32",
    AUTO_BLOCK: "on",
    GEO_PROVIDER: "off",
    ADMIN_USERNAME: "lab",
    ADMIN_PASSWORD: PASSWORD,
    LOG_FORMAT: "json",
  };
  const app = await startTask("start", ["tasks/start.ts"], env);
  const proxy = await startTask("proxy", [
    ...["tasks/proxy.ts", "--upstream", shop.url],
  ], env);
  const ask = await signedIn(app.url);

  async function play(
    parts: readonly Part[],
    limitMs: number,
    afterMs = AFTER_MS,
  ): Promise<Outcome[]> {
    const running = parts.map(async (part, index) => {
      const target = part.where === "proxy" ? proxy.url : app.url;
      await using front = openFront(target, part.address);
      const place = `${folder}/${part.where}-${index}-${part.address}`;
      await Deno.mkdir(place, { recursive: true });
      const outcome: Outcome = {
        name: part.actor.name,
        where: part.where,
        as: part.agent === null ? "itself" : "a browser",
        address: part.address,
        ...{ requests: 0, found: null, stopped: null },
        ...{ rules: [], severity: null },
      };
      const acting = act(part, { url: front.url, folder: place }, limitMs);
      let isOver = false;
      acting.finally(() => isOver = true);
      let overAt = Infinity;
      for (;;) {
        await delay(LOOK_MS);
        await look(outcome, front.firstAt ?? Date.now());
        if (isOver) overAt = Math.min(overAt, Date.now());
        const { found, stopped } = outcome;
        if (isOver && found !== null && stopped !== null) break;
        if (Date.now() - overAt > afterMs) break;
      }
      await acting;
      outcome.requests = front.requests;
      return outcome;
    });
    return await Promise.all(running);
  }

  async function look(outcome: Outcome, firstAt: number): Promise<void> {
    const seconds = Math.max(0, Math.round((Date.now() - firstAt) / 1_000));
    const { address } = outcome;
    const findings = (await ask("/api/suspicious?limit=500")).filter((
      { ip_address, severity }: Record<string, string>,
    ) => ip_address === address && severity !== "info");
    if (findings.length > 0) {
      outcome.rules = findings.map(({ reason }: { reason: string }) => reason);
      outcome.severity = findings.some(({ severity }: { severity: string }) =>
          severity === "critical"
        )
        ? "critical"
        : "warning";
      if (outcome.found === null && await isIncident(address)) {
        outcome.found = seconds;
      }
    }
    if (outcome.stopped !== null) return;
    const blocked = await ask("/api/blocked?limit=500");
    if (
      blocked.some(({ ip_address }: Record<string, string>) =>
        ip_address === address
      )
    ) outcome.stopped = seconds;
  }

  async function isIncident(address: string): Promise<boolean> {
    for (const { id } of await ask("/api/incidents?limit=500")) {
      const { addresses } = await ask(`/api/incidents/${id}`, true);
      if (addresses.includes(address)) return true;
    }
    return false;
  }

  return {
    play,
    async [Symbol.asyncDispose]() {
      await Promise.all([app.stop(), proxy.stop()]);
      await shop.stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Lets an actor act until it is done, or its time is over. */
async function act(
  { actor, agent }: Part,
  where: { url: string; folder: string },
  limitMs: number,
): Promise<void> {
  const done = actor.run({ ...where, agent });
  if (done instanceof Promise) {
    await Promise.race([done.catch(() => {}), delay(limitMs)]);
    return;
  }
  const child = new Deno.Command(done.command, {
    args: done.args,
    cwd: where.folder,
    env: { HOME: where.folder },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const timer = setTimeout(() => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
  }, limitMs);
  await child.status;
  clearTimeout(timer);
}

interface Process {
  url: string;
  stop(): Promise<void>;
}

async function startTask(
  task: string,
  command: string[],
  env: Record<string, string>,
): Promise<Process> {
  const { tasks } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", ROOT)),
  );
  const flags = /\bdeno run (.+) tasks\//.exec(tasks[task])![1]!.split(" ");
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...flags, ...command],
    cwd: ROOT,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!/serves on (\S+)[\s\S]*\nReady\.\n/.test(text)) {
    const { value, done } = await lines.read();
    if (done) throw new Error(`Cannot start ${task}: ${text}`);
    text += value;
  }
  lines.releaseLock();
  child.stdout.pipeTo(new WritableStream()).catch(() => {});
  return {
    url: /serves on (\S+)/.exec(text)![1]!,
    async stop() {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}

/** Asks the API as an admin; lists give their items. */
async function signedIn(url: string) {
  const response = await fetch(`${url}/api/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: "lab", password: PASSWORD }),
  });
  const { token } = await response.json();
  return async function ask(path: string, whole = false) {
    const answer = await fetch(`${url}${path}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const body = await answer.json();
    return whole ? body : body.items ?? [];
  };
}
