import { pathParts } from "./path.ts";
import type { Endpoint } from "./endpoint.ts";
import type { LayoutConfig, Middleware, PageComponent } from "./types.ts";

/** The registrations for one path and everything below it. */
export interface Segment {
  middlewares: Middleware[];
  layout: { component: PageComponent; config: LayoutConfig } | null;
  app: PageComponent | null;
  error: Endpoint | null;
}

/**
 * All segments of an app by path. A part like `(group)` is a segment of its own that is not part of
 * URLs; what applies to `/admin` does not apply to the file routes/(staff)/admin/x.tsx.
 */
export class Segments {
  #byPath = new Map<string, Segment>();

  /** The segment of a path, created if missing. */
  at(path: string): Segment {
    const key = segmentKey(pathParts(path));
    let segment = this.#byPath.get(key);
    if (segment === undefined) {
      segment = { middlewares: [], layout: null, app: null, error: null };
      this.#byPath.set(key, segment);
    }
    return segment;
  }

  /** The current segments that cover a path, the outermost first. The root is always the first. */
  covering(path: string): Segment[] {
    const parts = pathParts(path);
    const keys = [""];
    for (let end = 1; end <= parts.length; end++) {
      keys.push(segmentKey(parts.slice(0, end)));
    }
    const found: Segment[] = [];
    for (const key of keys) {
      const segment = key === "" ? this.at("") : this.#byPath.get(key);
      if (segment !== undefined) {
        found.push({ ...segment, middlewares: [...segment.middlewares] });
      }
    }
    return found;
  }
}

/** Whether a part of a path is a group, e.g. `(staff)`. */
export function isGroup(part: string): boolean {
  return part.startsWith("(") && part.endsWith(")");
}

/** A path as in URLs, without its groups. */
export function withoutGroups(path: string): string {
  return "/" + pathParts(path).filter((part) => !isGroup(part)).join("/");
}

function segmentKey(parts: string[]): string {
  return parts.join("/");
}
