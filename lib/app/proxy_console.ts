/**
 * The console in the proxy's process: under a path of the app's, under a host name of its own, or on
 * a port of its own.
 *
 * @module
 */
import type { VisitorHandler } from "../guard/enclose.ts";
import type { GuardedInfo } from "../guard/info.ts";
import { pathBelow, underBasePath } from "../http/base_path.ts";
import { pathOfTarget } from "../http/received_url.ts";
import type { Judged } from "../http/target.ts";
import type { InsideHandler } from "../proxy/inside.ts";

/** Where the console is. */
export type ConsolePlace =
  | { kind: "path"; base: string }
  | { kind: "host"; host: string }
  | { kind: "port"; port: number };

/** What `--console` says: `/portcullis`, `console.example.org` or `8001`; null for anything else. */
export function consolePlace(text: string): ConsolePlace | null {
  if (/^\d{1,5}$/.test(text)) {
    const port = Number(text);
    return port > 0 && port <= 65_535 ? { kind: "port", port } : null;
  }
  if (/^(\/[\w~-][\w.~-]*)+\/?$/.test(text)) {
    return { kind: "path", base: text.replace(/\/$/, "") };
  }
  return /^(?=.{1,253}$)[a-z\d]([a-z\d-]*[a-z\d])?(\.[a-z\d]([a-z\d-]*[a-z\d])?)*$/i
      .test(text)
    ? { kind: "host", host: text.toLowerCase() }
    : null;
}

/** Whether a request is for the console. */
export function isForConsole(
  place: Exclude<ConsolePlace, { kind: "port" }>,
): (judged: Judged) => boolean {
  if (place.kind === "path") {
    return ({ target }) => pathBelow(place.base, pathOfTarget(target)) !== null;
  }
  return ({ host }) =>
    host.toLowerCase().replace(/:\d{1,5}$/, "") === place.host;
}

/** The console's pages at that location. */
export function inPlace(
  place: ConsolePlace,
  pages: VisitorHandler,
): InsideHandler {
  const base = place.kind === "path" ? place.base : "";
  const moved = underBasePath(
    base,
    (request, info) => pages(request, info as unknown as GuardedInfo),
  );
  return (request, info) =>
    moved(request, info as unknown as Deno.ServeHandlerInfo<Deno.NetAddr>);
}
