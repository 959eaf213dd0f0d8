import { assert, assertEquals } from "@std/assert";
import { startApp } from "../_app.ts";
import { startServer } from "../_server.ts";

const read = (path: string) =>
  Deno.readTextFile(new URL(`../../${path}`, import.meta.url));

/** The suffixes of a histogram's samples. */
const SUFFIXES = /_(bucket|sum|count)$/;

/** Names of metrics in any text. */
function named(text: string): string[] {
  const names = text.match(/\b(?:portcullis|process)_[a-z_]+\b/g) ?? [];
  return [...new Set(names)];
}

async function served(): Promise<string[]> {
  await using app = await startApp();
  const response = await app.fetch("/metrics", { peer: "127.0.0.1" });
  assertEquals(response.status, 200);
  const text = await response.text();
  assert(text.endsWith("\n"));
  return text.trimEnd().split("\n");
}

Deno.test("metrics: each has HELP and TYPE before its samples, once, and every sample is a number", async () => {
  const lines = await served();
  const types = new Map<string, string>();
  const helped = new Set<string>();
  const sampled = new Set<string>();
  for (const line of lines) {
    const [, keyword, name, rest] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ??
      [];
    if (keyword === "HELP") {
      assert(!helped.has(name!), line);
      helped.add(name!);
    } else if (keyword === "TYPE") {
      assert(helped.has(name!) && !types.has(name!), line);
      assert(["counter", "gauge", "histogram"].includes(rest!), line);
      types.set(name!, rest!);
    } else {
      const [, sample, value] =
        /^([a-z_]+)(?:\{(?:[a-z_]+="[^"\\]*",?)+\})? (\S+)$/.exec(line) ?? [];
      assert(sample, `${line} is no sample`);
      const base = types.has(sample) ? sample : sample.replace(SUFFIXES, "");
      assert(types.has(base), `${line} has no TYPE`);
      assert(Number.isFinite(Number(value)), line);
      if (types.get(base) === "counter") assert(base.endsWith("_total"), base);
      sampled.add(base);
    }
  }
  assertEquals([...types.keys()].sort(), [...sampled].sort());
});

Deno.test("metrics: say which version runs on which Deno, and since when", async () => {
  const lines = await served();
  const { version } = JSON.parse(await read("deno.json"));
  const built =
    `portcullis_build_info{version="${version}",deno="${Deno.version.deno}"} 1`;
  assert(lines.includes(built), built);

  const began = Math.floor(Date.now() / 1_000);
  await using server = await startServer();
  const response = await fetch(`${server.origin}/metrics`);
  const start = /^process_start_time_seconds (\S+)$/m
    .exec(await response.text())?.[1];
  assert(Number(start) >= began && Number(start) <= Date.now() / 1_000, start);
});

Deno.test("the Grafana dashboard and docs/monitoring.md speak of metrics that are served, and of all of them", async () => {
  const lines = await served();
  const types = lines.filter((line) => line.startsWith("# TYPE "))
    .map((line) => line.split(" ")[2]!);
  const real = (name: string) =>
    types.includes(name) || types.includes(name.replace(SUFFIXES, ""));
  for (const path of ["deploy/grafana/portcullis.json", "docs/monitoring.md"]) {
    const text = await read(path);
    const names = named(text);
    assertEquals(names.filter((name) => !real(name)), [], path);
    const missing = types.filter((type) =>
      !names.some((name) =>
        name === type || name.replace(SUFFIXES, "") === type
      )
    );
    assertEquals(missing, [], path);
  }
});

Deno.test("the Grafana dashboard is one: ids and places of panels do not collide, labels are real", async () => {
  const dashboard = JSON.parse(await read("deploy/grafana/portcullis.json"));
  const lines = await served();
  const labels = new Set(
    lines.flatMap((line) =>
      [...line.matchAll(/([a-z_]+)="/g)].map(([, label]) => label!)
    ),
  );
  const ids = new Set<number>();
  const taken = new Set<string>();
  for (const { id, title, gridPos, targets } of dashboard.panels) {
    assert(!ids.has(id), title);
    ids.add(id);
    const { x, y, w, h } = gridPos;
    assert(x + w <= 24, title);
    for (let column = x; column < x + w; column++) {
      for (let row = y; row < y + h; row++) {
        assert(!taken.has(`${column} ${row}`), `${title} overlaps`);
        taken.add(`${column} ${row}`);
      }
    }
    assert(targets.length > 0, title);
    for (const { expr } of targets) {
      const used = [...expr.matchAll(/[{,]\s*([a-z_]+)(?==)/g)].map(([, l]) =>
        l
      );
      const by = [...expr.matchAll(/by \(([a-z_]+)\)/g)].map(([, l]) => l);
      for (const label of [...used, ...by]) {
        const isKnown = labels.has(label) || label === "job" ||
          label === "instance";
        assert(isKnown, `${title}: ${label}`);
      }
      assertEquals(expr.split("(").length, expr.split(")").length, expr);
    }
  }
});

Deno.test("metrics: METRICS_TOKEN reads them from anywhere, and nothing else", async () => {
  const token = "a-token-of-the-scraper-0123456789";
  await using app = await startApp({ env: { METRICS_TOKEN: token } });
  const status = async (path: string, token?: string) => {
    const response = await app.fetch(path, { token });
    await response.body?.cancel();
    return response.status;
  };
  assertEquals(await status("/metrics"), 403);
  assertEquals(await status("/metrics", token), 200);
  assertEquals(await status("/metrics", `${token}x`), 403);
  assertEquals(await status("/metrics", token.slice(0, -1)), 403);
  assertEquals(await status("/api/stats", token), 401);
  assertEquals(await status("/api/me", token), 401);
});

Deno.test("metrics: without METRICS_TOKEN no token of nobody's reads them", async () => {
  await using app = await startApp();
  for (const token of ["null", "undefined", "x".repeat(43)]) {
    const response = await app.fetch("/metrics", { token });
    await response.body?.cancel();
    assertEquals(response.status, 403, token);
  }
});
