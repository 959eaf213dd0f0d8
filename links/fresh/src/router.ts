import { HttpError } from "./http_error.ts";
import { compilePattern, isStaticPath, type Matcher } from "./pattern.ts";

/** All endpoints registered under one pattern. */
export interface RouteEntry<Endpoint> {
  readonly pattern: string;
  readonly byMethod: Map<string, Endpoint>;
}

export interface RouteMatch<Endpoint> {
  entry: RouteEntry<Endpoint>;
  params: Record<string, string>;
}

interface PatternEntry<Endpoint> extends RouteEntry<Endpoint> {
  readonly match: Matcher;
}

const NO_PARAMS: Record<string, string> = Object.freeze({});

/**
 * Finds the route of a path. Static paths beat patterns in any order and match
 * with or without a trailing slash; patterns are tried as they were registered
 * and the first that matches decides, whatever its methods.
 */
export class Router<Endpoint> {
  #static = new Map<string, RouteEntry<Endpoint>>();
  #patterns: PatternEntry<Endpoint>[] = [];

  /** Where a method is registered twice for one pattern, the first one stays. */
  add(method: string, path: string, endpoint: Endpoint): void {
    const { byMethod } = this.#entry(path);
    if (!byMethod.has(method)) byMethod.set(method, endpoint);
  }

  #entry(path: string): RouteEntry<Endpoint> {
    if (isStaticPath(path)) {
      const key = withoutTrailingSlash(new URL(path, "http://x").pathname);
      let entry = this.#static.get(key);
      if (entry === undefined) {
        entry = { pattern: path, byMethod: new Map() };
        this.#static.set(key, entry);
      }
      return entry;
    }
    let entry = this.#patterns.find((e) => e.pattern === path);
    if (entry === undefined) {
      const match = compilePattern(path);
      entry = { pattern: path, byMethod: new Map(), match };
      this.#patterns.push(entry);
    }
    return entry;
  }

  /** Finds a static route by a path that need not be normalized. */
  matchStatic(pathname: string): RouteEntry<Endpoint> | undefined {
    return this.#static.get(pathname) ??
      this.#static.get(withoutTrailingSlash(pathname));
  }

  /** Throws HttpError 400 where the path's percent-encoding is malformed. */
  matchPattern(pathname: string): RouteMatch<Endpoint> | null {
    for (const entry of this.#patterns) {
      const groups = entry.match(pathname);
      if (groups !== null) return { entry, params: decodeParams(groups) };
    }
    return null;
  }

  match(pathname: string): RouteMatch<Endpoint> | null {
    const entry = this.matchStatic(pathname);
    if (entry !== undefined) return { entry, params: NO_PARAMS };
    return this.matchPattern(pathname);
  }
}

function withoutTrailingSlash(path: string): string {
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}

function decodeParams(
  groups: Record<string, string | undefined>,
): Record<string, string> {
  const params: Record<string, string> = {};
  for (const name in groups) {
    const value = groups[name] ?? "";
    try {
      params[name] = value.includes("%") ? decodeURI(value) : value;
    } catch (cause) {
      throw new HttpError(400, undefined, { cause });
    }
  }
  return params;
}
