import { Refusal } from "../base/refusal.ts";
import type { Provider } from "./provider.ts";

/** Where pages are, as far as the provider has to know. */
interface Place {
  /** Of `PUBLIC_ORIGIN`; never what a request claims. */
  origin: string | null;
  basePath: string;
}

/** Where a provider sends browsers back to; it has to know it beforehand. */
export function redirectUri(place: Place): string {
  return `${rootOf(place)}/login/oidc/callback`;
}

/** Where it sends them after a logout. */
export function afterLogoutUri(place: Place): string {
  return `${rootOf(place)}/login`;
}

/** The provider of a site that has one. */
export function theProvider(
  { provider }: { provider: Provider | null },
): Provider {
  if (provider === null) {
    throw new Refusal("missing", "There is no page at this address.");
  }
  return provider;
}

function rootOf({ origin, basePath }: Place): string {
  if (origin === null) {
    throw new Error("Cannot name a page: expected PUBLIC_ORIGIN to be set");
  }
  return origin + basePath;
}
