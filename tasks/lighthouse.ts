/** `deno task lighthouse`: runs Google's Lighthouse on the pages, as a phone. */
import {
  chromiumPath,
  launchChromium,
  NO_CHROMIUM,
} from "../tests/browser/_browser.ts";
import {
  ADDRESSES,
  contextOf,
  pagesToSee,
  type SeenPage,
  type Viewer,
} from "../tests/browser/_pages.ts";
import {
  fillAccounts,
  fillSample,
  type Secrets,
} from "../tests/browser/_sample.ts";
import { startServer } from "../tests/_server.ts";
import { sessionCookie } from "../lib/accounts/cookies.ts";
import { fail, parseTaskArgs } from "./_cli.ts";

/** Run from npm by Deno; no other part of the project needs it. */
const LIGHTHOUSE = "npm:lighthouse@13.5.0";
/** Minimum score of each category, in percent. */
const LEAST = {
  performance: 95,
  accessibility: 100,
  "best-practices": 100,
  seo: 100,
} as const;
/** The pages tested in CI, as a sample of all. */
const SHORT = ["login", "dashboard", "requests", "incidents", "dossier"];
/** Responses that are not 200, and the challenge, which has no viewer. */
const LEFT_OUT = /^(?:not-found|forbidden|blocked-visitor|requests-wrong)$/;
/** A busy machine loads a page slowly: the best of this many runs counts. */
const RUNS = 3;
/**
 * Lighthouse slows the processor down four times to simulate a phone, which is meant for a fast
 * desktop (a benchmark index of 1,500 and more); on a slower machine the factor is lower, as in its
 * documentation.
 */
const DESKTOP_INDEX = 1_500;

const args = parseTaskArgs({
  usage: "deno task lighthouse [--only NAMES] [--short]",
  about:
    "Starts the server with sample data and runs Lighthouse over the pages: 100 for accessibility, best practices and SEO, 95 or more for performance on a phone.",
  options: { only: ["NAMES", "only these pages, separated by commas"] },
  flags: { short: `only ${SHORT.join(", ")}` },
});
const only = args.only?.split(",") ?? (args.short ? SHORT : null);
if (chromiumPath === null) fail(NO_CHROMIUM);

/** The fields of a report that are read. */
interface Report {
  environment: { benchmarkIndex: number };
  runtimeError?: { message: string };
  categories: Record<
    string,
    { score: number | null; auditRefs: { id: string; weight: number }[] }
  >;
  audits: Record<string, { score: number | null; title: string }>;
}

await using server = await startServer({
  env: { TRUSTED_PROXIES: "127.0.0.1" },
});
const folder = await Deno.makeTempDir({ prefix: "portcullis_lighthouse_" });
let secrets: Secrets = { adminSecret: "", userSecret: "" };
let slowdown = 4;
let looked = 0;
let failed = 0;
try {
  // It is removed once there is an admin.
  const path = server.setupLink!.slice(server.origin.length);
  if (!only || only.includes("setup")) {
    await lookAt([{ name: "setup", path, viewer: "anyone" }]);
  }
  await lookAt(await fill());
} finally {
  await Deno.remove(folder, { recursive: true });
}
console.log(`${looked} pages, ${failed} failed`);
if (failed > 0) Deno.exitCode = 1;

async function lookAt(pages: SeenPage[]): Promise<void> {
  for (const page of pages) {
    const problems = await look(page);
    looked++;
    if (problems.length > 0) failed++;
    console.log(`${problems.length > 0 ? "FAILED" : "ok"} ${page.name}`);
    for (const problem of problems) console.log(`  ${problem}`);
  }
}

/** Fills the store; resolves to the pages to test. */
async function fill(): Promise<SeenPage[]> {
  using kv = await Deno.openKv(server.kvPath);
  secrets = await fillAccounts(kv, Date.now);
  const sample = await fillSample(kv, Date.now(), { geo: true });
  const known = pagesToSee(sample).filter(({ name }) =>
    !LEFT_OUT.test(name) && (only === null || only.includes(name))
  );
  if (known.length + looked === 0) fail(`No page is called ${args.only}`);
  const seen = new Set<string>();
  const pages: SeenPage[] = [];
  for (const page of await withAddresses(known)) {
    const key = `${page.viewer} ${page.path}`;
    if (!seen.has(key)) pages.push(page);
    seen.add(key);
  }
  return pages;
}

/**
 * Lighthouse opens a URL: a page that needs an action first is tested only if the action leads to a
 * URL.
 */
async function withAddresses(pages: SeenPage[]): Promise<SeenPage[]> {
  const { origin } = server;
  const browser = await launchChromium();
  try {
    const found: SeenPage[] = [];
    for (const page of pages) {
      const { path, viewer, act } = page;
      const context = await contextOf(browser, origin, viewer, secrets);
      const tab = await context.newPage();
      await tab.goto(origin + path);
      await act?.(tab);
      const { pathname, search } = new URL(tab.url());
      await context.close();
      found.push({ ...page, path: pathname + search });
    }
    return found;
  } finally {
    await browser.close();
  }
}

/** The problems of a page, one per line; none if it is fine. */
async function look({ path, viewer }: SeenPage): Promise<string[]> {
  let problems: string[] = [];
  for (let run = 0; run < RUNS; run++) {
    const report = await lighthouse(path, viewer);
    if (report.runtimeError) {
      problems = [report.runtimeError.message];
      continue;
    }
    problems = problemsOf(report);
    if (problems.length === 0) break;
    // A problem that does not depend on speed would not change.
    if (problems.some((text) => !text.startsWith("performance"))) break;
  }
  return problems;
}

function problemsOf({ categories, audits }: Report): string[] {
  return Object.entries(LEAST).flatMap(([name, least]) => {
    const { score, auditRefs } = categories[name]!;
    const percent = Math.round((score ?? 0) * 100);
    if (percent >= least) return [];
    const lost = auditRefs.filter(({ id, weight }) =>
      weight > 0 && (audits[id]!.score ?? 1) < 1
    ).map(({ id }) => id);
    return [`${name} ${percent} of ${least}: ${lost.join(", ")}`];
  });
}

async function lighthouse(path: string, viewer: Viewer): Promise<Report> {
  const secret = viewer === "admin"
    ? secrets.adminSecret
    : viewer === "user"
    ? secrets.userSecret
    : null;
  const headers = `${folder}/headers.json`;
  await Deno.writeTextFile(
    headers,
    JSON.stringify({
      "x-forwarded-for": ADDRESSES[viewer],
      ...secret ? { cookie: `${sessionCookie.name(false)}=${secret}` } : {},
    }),
  );
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "-A", "--no-lock", "--no-config", LIGHTHOUSE],
      server.origin + path,
      ...["--quiet", "--no-enable-error-reporting", "--output=json"],
      "--output-path=stdout",
      `--only-categories=${Object.keys(LEAST).join(",")}`,
      `--extra-headers=${headers}`,
      `--throttling.cpuSlowdownMultiplier=${slowdown.toFixed(2)}`,
      "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
      // robots.txt excludes crawlers from these.
      ...secret || /^\/(?:logout|setup)\b/.test(path)
        ? ["--skip-audits=is-crawlable"]
        : [],
    ],
    env: { CHROME_PATH: chromiumPath! },
    cwd: folder,
  }).output();
  const text = new TextDecoder();
  if (!success && stdout.length === 0) {
    throw new Error(`Lighthouse did not run: ${text.decode(stderr)}`);
  }
  const report = JSON.parse(text.decode(stdout)) as Report;
  const { benchmarkIndex } = report.environment;
  slowdown = Math.min(4, Math.max(1, 4 * benchmarkIndex / DESKTOP_INDEX));
  return report;
}
