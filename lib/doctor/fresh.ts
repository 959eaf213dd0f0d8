import { deadline } from "../base/delay.ts";
import type { Check } from "./doctor.ts";

/** Which Fresh an address of its module belongs to. */
export type LinkedFresh =
  | { kind: "stand-in" }
  | { kind: "checkout"; folder: string }
  | { kind: "upstream"; version: string | null }
  | { kind: "none" };

const JSR = "https://jsr.io/@fresh/core/meta.json";
const PATIENCE_MS = 1_500;

/** What `import "fresh"` means here; `resolved` is the address of its module. */
export function linkedFresh(
  resolved: string | null = resolveFresh(),
): LinkedFresh {
  if (resolved === null) return { kind: "none" };
  if (resolved.includes("/links/fresh/")) return { kind: "stand-in" };
  if (resolved.startsWith("file:")) {
    const { pathname } = new URL(resolved);
    const folder = decodeURIComponent(pathname)
      .replace(/\/(?:src\/)?mod\.ts$/, "")
      // A drive of Windows.
      .replace(/^\/(?=[a-z]:\/)/i, "");
    return { kind: "checkout", folder };
  }
  const version = /@fresh\/core[@/]\^?([\w.-]+)/.exec(resolved)?.[1] ?? null;
  return { kind: "upstream", version };
}

/** Whether JSR can be reached, within a second and a half. */
export async function jsrAnswers(): Promise<boolean> {
  try {
    const response = await deadline(fetch(JSR), PATIENCE_MS);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/**
 * Which Fresh is linked, why, and the command that changes it. JSR is asked only where the stand-in
 * is linked; `asked` is null where nobody may ask, as on a page.
 */
export async function checkFresh(
  asked: (() => Promise<boolean>) | null,
  linked: LinkedFresh = linkedFresh(),
): Promise<Check> {
  const title = "Fresh";
  switch (linked.kind) {
    case "none":
      return { level: "ok", title, detail: "not used by this program." };
    case "upstream":
      return {
        level: "ok",
        title,
        detail: `upstream's ${linked.version ?? ""}`.trimEnd() + ", from JSR.",
      };
    case "checkout":
      return {
        level: "ok",
        title,
        detail: `the checkout in ${linked.folder}.`,
        fix: "deno task use-fresh jsr",
      };
  }
  const why =
    "the stand-in in links/, for machines that reach npm and not JSR.";
  const change = "deno task use-fresh jsr";
  if (asked === null) return { level: "ok", title, detail: why, fix: change };
  return await asked()
    ? {
      level: "warn",
      title,
      detail: `${why} JSR answers: switch to upstream's.`,
      fix: change,
    }
    : {
      level: "ok",
      title,
      detail: `${why} JSR does not answer; switch to it where it does.`,
      fix: change,
    };
}

function resolveFresh(): string | null {
  try {
    return import.meta.resolve("fresh");
  } catch {
    return null;
  }
}
