import { createDefine } from "fresh";
import type { SignedIn } from "./lib/accounts/sessions.ts";
import type { Refusal } from "./lib/base/refusal.ts";
import type { User } from "./lib/accounts/user.ts";
import type { CookieScope } from "./lib/http/cookie_scope.ts";
import type { Visitor } from "./lib/guard/visitor.ts";
import type { Services } from "./lib/app/services.ts";

/** What the middlewares leave for the routes. */
export interface State {
  services: Services;
  visitor: Visitor;
  /** Which cookies are ours, and whether they can be `Secure`. */
  cookies: CookieScope;
  /** The origin of `PUBLIC_ORIGIN` that the request came to; null where none is set. */
  origin: string | null;
  /** The signed-in user, or null. */
  user: User | null;
  /** The session that says so, or null. */
  signedIn: SignedIn | null;
  /** Why somebody whom a proxy vouches for is not signed in nevertheless; null for all others. */
  refused: Refusal | null;
  /** True where sessions could not be read because the store does not answer. */
  storeDown: boolean;
  /** Settles when it is known after all who is signed in, where that took too long for a page. */
  signingIn: Promise<void> | null;
  /** The title of the page, set by its handler. */
  title?: string;
  /** On pages of the console: how many incidents wait for a decision. */
  openIncidents?: number;
}

export const define = createDefine<State>();
