import { compilePattern, isStaticPath, type Matcher } from "./pattern.ts";

/** All endpoints registered under one pattern. */
export interface RouteEntry<Endpoint> {
  readonly pattern: string;
  readonly byMethod: Map<string, Endpoint>;
}

/** A route and its raw pattern groups, not decoded. */
export interface RouteMatch<Endpoint> {
  entry: RouteEntry<Endpoint>;
  groups: Record<string, string | undefined>;
}

interface PatternEntry<Endpoint> extends RouteEntry<Endpoint> {
  readonly match: Matcher;
}

const NO_GROUPS: Record<string, string> = Object.freeze({});

/**
 * Finds the route of a path. Static paths have precedence over patterns in any order and match with
 * or without a trailing slash, the exact one first, as encoded text; patterns are tried in
 * registration order and the first match decides, whatever its methods.
 */
export class Router<Endpoint> {
  #static = new Map<string, RouteEntry<Endpoint>>();
  #patterns: PatternEntry<Endpoint>[] = [];

  /** If a method is registered twice for one pattern, the first one is kept. */
  add(method: string, path: string, endpoint: Endpoint): void {
    const { byMethod } = this.#entry(path);
    if (!byMethod.has(method)) byMethod.set(method, endpoint);
  }

  #entry(path: string): RouteEntry<Endpoint> {
    if (isStaticPath(path)) {
      let entry = this.#static.get(path);
      if (entry === undefined) {
        entry = { pattern: path, byMethod: new Map() };
        this.#static.set(path, entry);
      }
      return entry;
    }
    const pattern = new URLPattern({ pathname: path }).pathname;
    let entry = this.#patterns.find((e) => e.pattern === pattern);
    if (entry === undefined) {
      entry = { pattern, byMethod: new Map(), match: compilePattern(path) };
      this.#patterns.push(entry);
    }
    return entry;
  }

  /** The route of a path, null if there is none. */
  match(pathname: string): RouteMatch<Endpoint> | null {
    const entry = this.#static.get(pathname) ??
      this.#static.get(otherSlash(pathname));
    if (entry !== undefined) return { entry, groups: NO_GROUPS };
    for (const entry of this.#patterns) {
      const groups = entry.match(pathname);
      if (groups !== null) return { entry, groups };
    }
    return null;
  }
}

function otherSlash(path: string): string {
  return path.endsWith("/") ? path.slice(0, -1) : `${path}/`;
}

/** Decodes a pattern's groups. Throws URIError for malformed ones, as upstream does. */
export function decodeParams(
  groups: Record<string, string | undefined>,
): Record<string, string> {
  const params: Record<string, string> = Object.create(null);
  for (const name in groups) params[name] = decodeURI(groups[name] ?? "");
  return params;
}
