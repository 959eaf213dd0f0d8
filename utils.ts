import { createDefine } from "fresh";
import type { SignedIn } from "./lib/accounts/sessions.ts";
import type { Refusal } from "./lib/base/refusal.ts";
import type { User } from "./lib/accounts/user.ts";
import type { CookieScope } from "./lib/http/cookie_scope.ts";
import type { Visitor } from "./lib/guard/visitor.ts";
import type { Services } from "./lib/app/services.ts";

/** The state from the middlewares for the routes. */
export interface State {
  services: Services;
  visitor: Visitor;
  /** The names of the app's cookies, and whether they can be `Secure`. */
  cookies: CookieScope;
  /** The origin of `PUBLIC_ORIGIN` that the request was sent to; null if none is set. */
  origin: string | null;
  /** The signed-in user, or null. */
  user: User | null;
  /** The user's session, or null. */
  signedIn: SignedIn | null;
  /** Why a user from a proxy's header is not signed in; null for all others. */
  refused: Refusal | null;
  /** True if sessions could not be read because the store does not respond. */
  storeDown: boolean;
  /** Settles when the user is known after all, if that took too long for a page. */
  signingIn: Promise<void> | null;
  /** The title of the page, set by its handler. */
  title?: string;
  /** On pages of the console: the number of incidents without a decision. */
  openIncidents?: number;
}

export const define = createDefine<State>();
