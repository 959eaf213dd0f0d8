import { decodePath } from "../base/decode_path.ts";
import { compileGlob } from "../policy/glob.ts";

/** The responses that mean a wrong password (`LOGIN_FAILURE`). */
export interface LoginFailure {
  statuses: readonly number[];
  /** Whether 200 without a new cookie does, as when a form is shown again. */
  sameForm: boolean;
}

/** The default of `LOGIN_FAILURE`. */
export const LOGIN_FAILURE: LoginFailure = {
  statuses: [401, 403, 422, 429],
  sameForm: true,
};

/** Login paths of common software, in addition to `LOGIN_PATHS`. */
const KNOWN = new Set([
  "/wp-login.php",
  "/xmlrpc.php",
  "/administrator/index.php",
  "/user/login",
  "/users/sign_in",
  "/users/login",
  "/accounts/login",
  "/account/login",
  "/admin/login",
  "/admin/login.php",
  "/auth/login",
  "/login.php",
  "/login/index.php",
  "/signin",
  "/sign-in",
  "/sign_in",
  "/session",
  "/sessions",
  "/j_security_check",
  "/index.php/login",
  "/rest/login",
]);

/**
 * Makes a function that checks whether a path accepts passwords; a trailing slash and case make no
 * difference.
 */
export function compileLoginPaths(
  globs: readonly string[],
): (path: string) => boolean {
  const declared = globs.map((glob) => compileGlob(folded(glob)));
  return function takesPasswords(path) {
    const text = folded(path);
    return KNOWN.has(text) || declared.some((matches) => matches(text));
  };
}

function folded(path: string): string {
  const text = decodePath(path).toLowerCase();
  return text.length > 1 ? text.replace(/\/+$/, "") : text;
}
