import { Shell } from "./shell.tsx";

/** A page for whatever went wrong: what happened, and the way back. */
export function ErrorPage(
  { status, title, message }: {
    status: number;
    title: string;
    message?: string;
  },
) {
  const said = message && message !== title ? message : SENTENCES[status];
  return (
    <Shell title={title} path="" user={null}>
      <main id="main" class="text">
        <hgroup>
          <p class="muted mono">{status}</p>
          <h1>{title}</h1>
        </hgroup>
        <p>{said ?? "This request could not be answered."}</p>
        <p>
          <a href="/">Go to the front page</a>
        </p>
      </main>
    </Shell>
  );
}

const SENTENCES: Record<number, string> = {
  403: "Your account does not have the role that this page needs.",
  404: "There is no page at this address.",
  405: "This page does not take that kind of request.",
  500:
    "Something went wrong on our side. It has been written to the server's log.",
};
