import { useEffect, useState } from "preact/hooks";

/** The ids of the form and of the part that answers replace. */
export interface PolicyEditorProps {
  form: string;
  rehearsal: string;
}

/** The pause in typing before a rehearsal, in milliseconds. */
const PAUSE_MS = 700;

/**
 * Rehearses while the user types. It sends the same request as the form's button, and takes the
 * rehearsal out of the returned page.
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
      // One request at a time: later changes are sent with the next one.
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
      // The rehearsal shown belongs to an older text.
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
