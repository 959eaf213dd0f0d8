/**
 * `utils.ts` for routes that require a login: those below `requireRole`, as
 * `tests/routes/signed_in_test.ts` checks.
 *
 * @module
 */
import { createDefine } from "fresh";
import type { SignedIn } from "./lib/accounts/sessions.ts";
import type { User } from "./lib/accounts/user.ts";
import type { State as AnyState } from "./utils.ts";

/** The state from the middlewares on such a route: a user is signed in. */
export interface State extends AnyState {
  user: User;
  signedIn: SignedIn;
}

export const define = createDefine<State>();
