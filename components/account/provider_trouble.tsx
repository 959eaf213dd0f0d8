import type { PageProps } from "fresh";
import { nextQuery } from "../../lib/http/next_path.ts";
import { Notice } from "../ui/notice.tsx";

/** The props of {@linkcode ProviderTrouble}. */
export interface ProviderTroubleData {
  next: string;
  /** Why the login failed. */
  message: string;
}

/** A failed login at the identity provider, and the next steps. */
export function ProviderTrouble(
  { data: { next, message } }: Pick<PageProps<ProviderTroubleData>, "data">,
) {
  const query = nextQuery(next);
  return (
    <main id="main" class="narrow">
      <h1>Log in</h1>
      <Notice kind="bad">{message}</Notice>
      <p class="row">
        <a class="button" href={`/login/oidc${query}`} f-client-nav={false}>
          Try again
        </a>
        <a class="button quiet" href={`/login${query}`}>
          Use an account of this site
        </a>
      </p>
    </main>
  );
}
