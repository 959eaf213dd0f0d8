import { page } from "fresh";
import { Notice } from "../components/ui/notice.tsx";
import { hasSignup } from "../lib/accounts/sign_in_ways.ts";
import { define } from "../utils.ts";

export const handler = define.handlers({
  GET(ctx) {
    const { visitor, services } = ctx.state;
    ctx.state.title = "Portcullis";
    const place = services.geo.peek(visitor.ip) ?? null;
    return page({
      ip: visitor.ip,
      country: place?.country ?? null,
      city: place?.city ?? null,
      isDeleted: ctx.url.searchParams.get("done") === "deleted",
    });
  },
});

export default define.page<typeof handler>(function Home({ data, state }) {
  const place = [data.city, data.country].filter((part) => part !== null).join(
    ", ",
  );
  return (
    <main id="main" class="text">
      <h1>Protected by Portcullis</h1>
      {data.isDeleted && (
        <Notice kind="good">
          Your account is deleted. Your name is removed from the requests of the
          last minutes within a few minutes.
        </Notice>
      )}
      <p>
        Portcullis protects this site. It logs every request, refuses blocked
        addresses, and limits login attempts.
      </p>
      <dl class="panel facts">
        <dt>Your address</dt>
        <dd class="mono">{data.ip}</dd>
        <dt>Your location</dt>
        <dd>{place || <span class="muted">not known</span>}</dd>
        <dt>You are</dt>
        <dd>
          {state.user
            ? state.user.username
            : <span class="muted">not logged in</span>}
        </dd>
      </dl>
      <p class="row">
        {state.user === null && <a class="button" href="/login">Log in</a>}
        {state.user === null && hasSignup(state.services.config) && (
          <a class="button quiet" href="/signup">Sign up</a>
        )}
        {state.user !== null && !state.user.is_vouched_for && (
          <a class="button" href="/profile">Your profile</a>
        )}
        {state.user?.role === "admin" && (
          <a class="button quiet" href="/admin">Admin</a>
        )}
      </p>
    </main>
  );
});
