import { describeAgent } from "../../lib/base/user_agent.ts";

/** What a client claims to be, in a few words; the whole user agent on hover. */
export function UserAgent({ text }: { text: string | null }) {
  return text === null
    ? <span class="muted">–</span>
    : <span class="muted" title={text}>{describeAgent(text)}</span>;
}
