/** Times up to this age are shown as an age, older ones as a date. */
const NEAR_MS = 86_400_000;

/** A time: its age, or the date beyond a day; exact on hover. In UTC, or in the reader's zone. */
export function Time(
  { at, now, isExact = false }: {
    at: number;
    now: number;
    /** In full, like {@linkcode ExactTime}. */
    isExact?: boolean;
  },
) {
  const { text, title } = timeWords(at, { now, isExact, isLocal: false });
  return (
    <time
      dateTime={new Date(at).toISOString()}
      title={title}
      data-exact={isExact ? "" : undefined}
    >
      {text}
    </time>
  );
}

/** A full time, for tables that are read later; its age on hover. */
export function ExactTime({ at, now }: { at: number; now?: number }) {
  return (
    <time
      dateTime={new Date(at).toISOString()}
      title={now === undefined ? undefined : relative(at - now)}
      data-exact=""
    >
      {utc(at)}
    </time>
  );
}

const UNITS = [["d", 86_400_000], ["h", 3_600_000], ["min", 60_000], [
  "s",
  1_000,
]] as const;

/** "3 min ago", "in 2 h", "now". */
export function relative(ms: number): string {
  const span = Math.abs(ms);
  if (span < 1_000) return "now";
  for (const [unit, length] of UNITS) {
    if (span < length) continue;
    const text = `${Math.floor(span / length)} ${unit}`;
    return ms < 0 ? `${text} ago` : `in ${text}`;
  }
  return "now";
}

/** A full time, UTC, as in tables of records. */
export function utc(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace("T", " ");
}

/** The same in the reader's time zone; for scripts. */
export function local(at: number): string {
  const date = new Date(at);
  return utc(at - date.getTimezoneOffset() * 60_000);
}

/** As in a field for date and time. */
export function dateTime(at: number): string {
  return new Date(at).toISOString().slice(0, 16);
}

/** The text and the title of a `<time>` element; `isLocal` for the reader's zone. */
export function timeWords(
  at: number,
  { now, isExact, isLocal }: {
    now: number;
    isExact: boolean;
    isLocal: boolean;
  },
): { text: string; title: string } {
  const whole = isLocal ? local(at) : utc(at);
  const age = relative(at - now);
  const isNear = Math.abs(at - now) < NEAR_MS;
  if (isExact) return { text: whole, title: age };
  return isNear
    ? { text: age, title: isLocal ? whole : `${whole} UTC` }
    : { text: whole.slice(0, 16), title: age };
}
