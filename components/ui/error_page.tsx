import { AdminFrame } from "./admin_frame.tsx";
import { Locale } from "./number.tsx";
import { Shell, type ShellProps } from "./shell.tsx";

/** The props of {@linkcode ErrorPage}. */
export interface ErrorPageProps {
  status: number;
  title: string;
  message?: string;
  /** The signed-in user, whose bar is kept. */
  user?: ShellProps["user"];
  /** The path that failed. */
  path?: string;
  /** The number of incidents without a decision; null if unknown. */
  openIncidents?: number | null;
  /** The locale for numbers. */
  locale?: string;
  /** Whether public signup is enabled. */
  hasSignup?: boolean;
}

/** An error page: what happened, and the link back. */
export function ErrorPage(
  {
    status,
    title,
    message,
    user = null,
    path = "",
    openIncidents = null,
    locale,
    hasSignup,
  }: ErrorPageProps,
) {
  const isConsole = user?.role === "admin" && /^\/admin(\/|$)/.test(path);
  const said = message && message !== title ? message : SENTENCES[status];
  const main = (
    <main id="main" class={isConsole ? undefined : "text"}>
      <hgroup>
        <p class="muted mono">{status}</p>
        <h1>{title}</h1>
      </hgroup>
      <p>{said ?? "This request could not be answered."}</p>
      <p>
        {isConsole
          ? <a href="/admin">Go to the overview</a>
          : <a href="/">Go to the front page</a>}
      </p>
    </main>
  );
  const page = (
    <Shell
      title={title}
      waiting={openIncidents ?? undefined}
      path={path}
      user={user}
      hasSignup={hasSignup}
    >
      {isConsole
        ? (
          <AdminFrame path={path} openIncidents={openIncidents}>
            {main}
          </AdminFrame>
        )
        : main}
    </Shell>
  );
  return locale === undefined
    ? page
    : <Locale.Provider value={locale}>{page}</Locale.Provider>;
}

const SENTENCES: Record<number, string> = {
  403: "Your account does not have the role that is required for this page.",
  404: "There is no page at this address.",
  405: "This page does not support this method.",
  500: "An internal error occurred. It was written to the server's log.",
};
