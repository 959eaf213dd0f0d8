import { internalsOf } from "./context.ts";
import { answerError, isNotFound } from "./errors.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Segment } from "./segments.ts";
import type { Middleware, RenderScope } from "./types.ts";

/** A route with its whole handler chain, frozen. */
export interface Plan {
  readonly chain: readonly Middleware[];
  /** The root's layouts and app wrapper. */
  readonly scope: RenderScope;
  /** The root's error route. */
  readonly error: Endpoint | null;
}

/**
 * Builds the chain through segments, the root first, to a route's handlers. The root's errors are
 * left to the dispatcher, which catches everything.
 */
export function makePlan(
  segments: readonly Segment[],
  handlers: readonly Middleware[],
): Plan {
  const root = segments[0]!;
  const rootScope = extendScope({ app: null, layouts: [] }, root);
  const chain = [...root.middlewares];
  let scope = rootScope;
  for (const segment of segments.slice(1)) {
    const inner = extendScope(scope, segment);
    const isInnermost = segment === segments.at(-1);
    chain.push(enterSegment(inner, segment.error, isInnermost));
    chain.push(...segment.middlewares);
    scope = inner;
  }
  chain.push(...handlers);
  return { chain, scope: rootScope, error: root.error };
}

function extendScope(scope: RenderScope, segment: Segment): RenderScope {
  let { app, layouts } = scope;
  if (segment.app !== null) app = segment.app;
  if (segment.layout !== null) {
    const { component, config } = segment.layout;
    if (config.skipAppWrapper) app = null;
    layouts = config.skipInheritedLayouts
      ? [component]
      : [...layouts, component];
  }
  return app === scope.app && layouts === scope.layouts
    ? scope
    : { app, layouts };
}

/** Renders with a segment's additions, and handles errors thrown below it. */
function enterSegment(
  scope: RenderScope,
  error: Endpoint | null,
  isInnermost: boolean,
): Middleware {
  return async function segment(ctx) {
    const internals = internalsOf(ctx);
    const outer = internals.scope;
    internals.scope = scope;
    try {
      return await ctx.next();
    } catch (thrown) {
      internals.scope = scope;
      const { notFound } = internals.runtime;
      if (isInnermost && notFound !== null && isNotFound(thrown)) {
        ctx.error = thrown;
        return await notFound(ctx);
      }
      if (error === null) throw thrown;
      return await answerError(ctx, thrown, error);
    } finally {
      internals.scope = outer;
    }
  };
}
