import type { CookieScope } from "./cookie_scope.ts";
import { requestCookie } from "./request_cookie.ts";
import { cookieField } from "./set_cookie.ts";

/** Whether the visitor reaches us over https; or the full scope with the instance's tag. */
type Scope = boolean | CookieScope;

/** A cookie that only this host's server reads and writes. */
export interface HostCookie {
  /** Its name, depending on whether the visitor reaches us over https. */
  name(scope: Scope): string;
  /**
   * The value in a request, or null. Over https the plain name is ignored. A cookie without the
   * instance's tag was set by a version without tags, and is valid until it expires.
   */
  read(headers: Pick<Headers, "get">, scope: Scope): string | null;
  /** Adds the cookie to a response. */
  set(headers: Headers, value: string, scope: Scope): void;
  /** Adds the field that deletes the cookie in the browser. */
  clear(headers: Headers, scope: Scope): void;
}

/**
 * A cookie for secrets: not readable by scripts, not sent along by other sites' forms.
 *
 * With `__Host-` a browser accepts it over https only, for this host only, so that neither a
 * neighbouring subdomain nor plain http can plant one. Browsers refuse that name over plain http;
 * there, and only there, the cookie has the plain name and is not `Secure`. A cookie for a part of
 * the host cannot have that prefix either, and has `__Secure-`.
 *
 * @param stem The plain name; the instance's tag follows it.
 * @param lifetimeMs How long a browser keeps it, in milliseconds.
 */
export function hostCookie(stem: string, lifetimeMs: number): HostCookie {
  const isSecure = (scope: Scope) =>
    typeof scope === "boolean" ? scope : scope.secure;
  const plainName = (scope: Scope) =>
    typeof scope === "boolean" || scope.tag === ""
      ? stem
      : `${stem}-${scope.tag.replace(/^-/, "")}`;
  const pathOf = (scope: Scope) =>
    typeof scope === "boolean" ? "/" : scope.path ?? "/";
  const name = (scope: Scope) =>
    isSecure(scope)
      ? `${pathOf(scope) === "/" ? "__Host" : "__Secure"}-${plainName(scope)}`
      : plainName(scope);
  const attributes = (scope: Scope) => ({
    path: pathOf(scope),
    secure: isSecure(scope),
  });
  return {
    name,
    read: (headers, scope) =>
      requestCookie(headers, name(scope)) ||
      (pathOf(scope) === "/"
        ? requestCookie(headers, name(isSecure(scope)))
        : null) ||
      null,
    set(headers, value, scope) {
      headers.append(
        "set-cookie",
        cookieField(name(scope), value, {
          ...attributes(scope),
          maxAgeMs: lifetimeMs,
        }),
      );
    },
    clear(headers, scope) {
      headers.append(
        "set-cookie",
        cookieField(name(scope), "", { ...attributes(scope), maxAgeMs: 0 }),
      );
    },
  };
}
