import type { ComponentChildren } from "preact";
import { asset } from "fresh/runtime";
import { ATTRIBUTION } from "../../lib/geo/embedded.ts";
import { OPERATOR_ATTRIBUTION } from "../../lib/geo/open_operators.ts";

/** The props of {@linkcode Shell}. */
export interface ShellProps {
  title: string;
  /** The number of incidents without a decision, for the title. */
  waiting?: number;
  path: string;
  user: { username: string; role: string; is_vouched_for?: true } | null;
  /** Whether public signup is enabled. @default {true} */
  hasSignup?: boolean;
  children: ComponentChildren;
}

/** The document of every page: head, header, content, footer. */
export function Shell(
  { title, waiting, path, user, hasSignup = true, children }: ShellProps,
) {
  const current = (href: string) => href === path ? "page" : undefined;
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          name="description"
          content="Portcullis protects web apps: it logs requests, detects attacks and blocks attackers."
        />
        <title>
          {(waiting ? `(${waiting}) ` : "") +
            (title === "Portcullis" ? title : `${title} · Portcullis`)}
        </title>
        <link rel="stylesheet" href={asset("/styles.css")} />
        <link rel="icon" type="image/svg+xml" href="/favicon.svg" />
      </head>
      <body>
        <a class="skip" href="#main">Skip to content</a>
        <header class="bar">
          <a class="brand" href="/">
            <Gate />
            Portcullis
          </a>
          {user?.role === "admin" && (
            <nav aria-label="Site">
              <a
                href="/admin"
                aria-current={path.startsWith("/admin") ? "true" : undefined}
              >
                Admin
              </a>
            </nav>
          )}
          <nav class="who" aria-label="Account">
            {user?.is_vouched_for
              ? (
                <span class="me">
                  <Person />
                  <span class="name">{user.username}</span>
                </span>
              )
              : user
              ? (
                <>
                  <a
                    class="me"
                    href="/profile"
                    aria-current={current("/profile")}
                  >
                    <Person />
                    <span class="visually-hidden">Profile:</span>
                    <span class="name">{user.username}</span>
                  </a>
                  <form method="post" action="/logout">
                    <button type="submit" class="link">Log out</button>
                  </form>
                </>
              )
              : (
                <>
                  <a href="/login" aria-current={current("/login")}>Log in</a>
                  {hasSignup && (
                    <a href="/signup" aria-current={current("/signup")}>
                      Sign up
                    </a>
                  )}
                </>
              )}
          </nav>
        </header>
        {children}
        <footer class="foot">
          <span>Portcullis</span>
          <a href={ATTRIBUTION.href} rel="noopener">{ATTRIBUTION.text}</a>
          <a href={OPERATOR_ATTRIBUTION.href} rel="noopener">
            {OPERATOR_ATTRIBUTION.text}
          </a>
        </footer>
      </body>
    </html>
  );
}

function Gate() {
  return (
    <Drawing>
      <path d="M4 21V10a8 8 0 0 1 16 0v11M9 21V4M15 21V4M4 11h16M4 16h16" />
    </Drawing>
  );
}

function Person() {
  return (
    <Drawing>
      <circle cx="12" cy="8" r="4" />
      <path d="M4 20c1.5-4 4.5-6 8-6s6.5 2 8 6" />
    </Drawing>
  );
}

/** A decorative icon next to a text. */
function Drawing({ children }: { children: ComponentChildren }) {
  return (
    <svg
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="1.8"
      stroke-linecap="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}
