/**
 * Portcullis around apps for `node:http`, under Deno's layer for Node: Express, Koa, Connect.
 *
 * @module
 */
export {
  nodeHandler,
  type NodeListener,
  type VisitedMessage,
} from "./lib/guard/node_handler.ts";
export type { GuardedInfo } from "./lib/guard/info.ts";
export type { Visitor } from "./lib/guard/visitor.ts";
