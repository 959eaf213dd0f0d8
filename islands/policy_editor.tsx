import { useEffect, useState } from "preact/hooks";

/** What the island works on: ids of the form and of the part that answers replace. */
export interface PolicyEditorProps {
  form: string;
  rehearsal: string;
}

/** So long nothing was typed before it is rehearsed, in milliseconds. */
const PAUSE_MS = 700;

/**
 * Rehearses as one types. It sends what the form's own button sends, and takes the rehearsal out of
 * the page that is answered.
 */
export default function PolicyEditor({ form, rehearsal }: PolicyEditorProps) {
  const [status, setStatus] = useState("");

  useEffect(() => {
    const element = document.getElementById(form) as HTMLFormElement;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isAsking = false;
    let isStale = false;
    let isGone = false;

    async function ask() {
      // One at a time: what was typed meanwhile is asked for next.
      if (isAsking) return;
      isAsking = true;
      isStale = false;
      setStatus("Rehearsing…");
      try {
        const body = new URLSearchParams(
          [...new FormData(element)] as [string, string][],
        );
        body.set("action", "rehearse");
        // `element.action` would be the button of that name.
        const to = element.getAttribute("action")!;
        const response = await fetch(to, { method: "POST", body });
        const html = await response.text();
        const page = new DOMParser().parseFromString(html, "text/html");
        const fresh = page.getElementById(rehearsal);
        if (isGone) return;
        if (fresh === null) throw new Error(`${response.status}`);
        if (!isStale) {
          const shown = document.getElementById(rehearsal)!;
          shown.replaceChildren(...fresh.childNodes);
          shown.removeAttribute("aria-busy");
          setStatus(
            response.ok ? "Rehearsed." : "The policy is not valid yet.",
          );
        }
      } catch {
        setStatus("The rehearsal failed: use the button.");
      } finally {
        isAsking = false;
        if (isStale && !isGone) timer = setTimeout(ask, PAUSE_MS);
      }
    }

    function onChange(event: Event) {
      const { name } = event.target as HTMLInputElement;
      if (name !== "declaration" && name !== "since") return;
      isStale = true;
      const apply = document.querySelector<HTMLButtonElement>("[data-apply]");
      // What is shown is about another text by now.
      if (apply !== null) apply.disabled = true;
      document.getElementById(rehearsal)?.setAttribute("aria-busy", "true");
      clearTimeout(timer);
      timer = setTimeout(ask, name === "since" ? 0 : PAUSE_MS);
    }

    element.addEventListener("input", onChange);
    return () => {
      isGone = true;
      clearTimeout(timer);
      element.removeEventListener("input", onChange);
    };
  }, []);

  return <p class="muted small" role="status">{status}</p>;
}
