import { linkTo } from "../ui/pager.tsx";

/** Turns the live view on or off by a URL parameter; the filters are kept. */
export function LiveToggle({ url }: { url: URL }) {
  const isLive = url.searchParams.get("live") === "1";
  return (
    <a
      class="chip"
      href={linkTo(url, { live: isLive ? null : "1", cursor: null })}
      aria-current={isLive ? "true" : "false"}
    >
      <span aria-hidden="true">{isLive ? "■" : "▶"}</span>
      {isLive ? "Stop live view" : "Live view"}
    </a>
  );
}
