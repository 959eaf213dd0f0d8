import { useEffect, useRef, useState } from "preact/hooks";
import { relative } from "../components/time.tsx";

/** Where the reader's choice is kept; "off" for no shortcuts. */
const SETTING = "portcullis-shortcuts";
/** How often relative times are put right, in milliseconds. */
const CLOCK_MS = 15_000;

const SHORTCUTS = [
  ["/", "Search or filter"],
  ["j, k", "Next row, previous row"],
  ["x", "Select the row"],
  ["o", "Open the row's address"],
  ["b", "Block the row's address (asks first)"],
  ["d, w, m", "Dashboard: 24 hours, 7 days, 30 days"],
  ["?", "This help"],
  ["Esc", "Close"],
] as const;
const RANGES: Record<string, string> = { d: "24h", w: "7d", m: "30d" };

/** What the console does beyond its links and forms: shortcuts, copying, times that keep up. */
export default function Console() {
  const help = useRef<HTMLDialogElement>(null);
  const block = useRef<HTMLDialogElement>(null);
  const [isReady, setReady] = useState(false);
  const [isOn, setOn] = useState(true);
  const [ip, setIp] = useState("");

  useEffect(() => {
    const stored = setting();
    setReady(true);
    setOn(stored);
    document.documentElement.dataset.js = "";
    const stop = new AbortController();
    const { signal } = stop;
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape") closeMenu();
      if (!setting() || !isShortcut(event)) return;
      const act = ACTIONS[event.key];
      if (act) act();
      else if (event.key === "?") help.current!.showModal();
      else if (event.key === "b") {
        setIp(currentRow()?.dataset.row ?? subject());
        block.current!.showModal();
      } else return;
      event.preventDefault();
    };
    addEventListener("keydown", onKey, { signal });
    addEventListener("click", onClick, { signal });
    const clock = setInterval(setClocks, CLOCK_MS);
    return () => {
      stop.abort();
      clearInterval(clock);
    };
  }, []);

  const toggle = (is: boolean) => {
    setOn(is);
    try {
      localStorage.setItem(SETTING, is ? "on" : "off");
    } catch {
      // Then it lasts as long as the page.
    }
  };
  return (
    <div class="console-tools">
      <button
        type="button"
        class="link"
        hidden={!isReady}
        onClick={() => help.current!.showModal()}
      >
        Shortcuts <kbd aria-hidden="true">?</kbd>
      </button>
      <dialog ref={help} aria-labelledby="help-title">
        <h2 id="help-title">Keyboard shortcuts</h2>
        <dl class="keys">
          {SHORTCUTS.map(([keys, what]) => (
            <div key={keys}>
              <dt>
                <kbd>{keys}</kbd>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <label class="inline">
          <input
            type="checkbox"
            checked={isOn}
            onChange={(event) => toggle(event.currentTarget.checked)}
          />
          Single keys work as shortcuts
        </label>
        <form method="dialog">
          <button type="submit">Close</button>
        </form>
      </dialog>
      <dialog ref={block} aria-labelledby="block-title">
        <h2 id="block-title">Block an address or range</h2>
        <form method="post" action="/admin/blocked" class="stack">
          <input type="hidden" name="action" value="block" />
          <input type="hidden" name="check" value="1" />
          <label class="field">
            Address or range
            <input
              name="ip"
              required
              maxLength={64}
              value={ip}
              autocomplete="off"
              spellcheck={false}
            />
          </label>
          <label class="field">
            Reason
            <input name="reason" maxLength={500} />
          </label>
          <label class="field">
            For
            <select name="for">
              <option value="1h">1 hour</option>
              <option value="24h" selected>24 hours</option>
              <option value="7d">7 days</option>
              <option value="">until unblocked</option>
            </select>
          </label>
          <div class="row">
            <button type="submit" class="quiet" name="preview" value="1">
              Preview
            </button>
            <button type="submit">Block</button>
            <button
              type="button"
              class="quiet"
              onClick={() => block.current!.close()}
            >
              Cancel
            </button>
          </div>
        </form>
      </dialog>
    </div>
  );
}

const ACTIONS: Record<string, () => void> = {
  "/": () =>
    document.querySelector<HTMLElement>(
      "main input[type=search], main form[method=get] input:not([type=hidden])",
    )?.focus(),
  j: () => step(1),
  k: () => step(-1),
  x: () => currentRow()?.querySelector<HTMLElement>("[type=checkbox]")?.click(),
  o: () => {
    const row = currentRow();
    if (row) {
      location.assign(`/admin/ip/${encodeURIComponent(row.dataset.row!)}`);
    }
  },
  ...Object.fromEntries(
    Object.entries(RANGES).map((
      [key, range],
    ) => [
      key,
      () =>
        document.querySelector<HTMLElement>(`[data-range="${range}"]`)
          ?.click(),
    ]),
  ),
};

/** Kept where storage is forbidden, too: then shortcuts are on. */
function setting(): boolean {
  try {
    return localStorage.getItem(SETTING) !== "off";
  } catch {
    return true;
  }
}

/** Whether a key is pressed alone, and not to write something. */
function isShortcut(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement;
  return !event.ctrlKey && !event.metaKey && !event.altKey &&
    !event.isComposing && !document.querySelector("dialog[open]") &&
    !target.closest(
      "input:not([type=checkbox]), textarea, select, [contenteditable]",
    );
}

function currentRow(): HTMLElement | null {
  return document.activeElement?.closest<HTMLElement>("[data-row]") ?? null;
}

/** The address that the page is about. */
function subject(): string {
  return document.querySelector<HTMLElement>("[data-subject]")?.dataset
    .subject ?? "";
}

function step(by: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-row]")];
  const at = rows.indexOf(currentRow()!);
  const next = rows[at < 0 ? 0 : at + by];
  if (!next) return;
  next.tabIndex = -1;
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

/** Closes the menu that is open, and gives the focus back. */
function closeMenu(except?: Element): void {
  const open = document.querySelectorAll<HTMLDetailsElement>(
    "details:is(.value, .menu)[open]",
  );
  for (const menu of open) {
    if (except && menu.contains(except)) continue;
    const hadFocus = menu.contains(document.activeElement);
    menu.open = false;
    if (hadFocus) menu.querySelector("summary")!.focus();
  }
}

async function onClick(event: Event): Promise<void> {
  const target = event.target as HTMLElement;
  closeMenu(target);
  const button = target.closest<HTMLElement>("[data-copy]");
  if (!button) return;
  const said = button.textContent;
  button.textContent = await copy(button.dataset.copy!)
    ? "Copied"
    : "Not copied";
  setTimeout(() => button.textContent = said, 2_000);
}

/** Over plain http there is no clipboard to write to, only what is selected can be copied. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

function setClocks(): void {
  const now = Date.now();
  for (const time of document.querySelectorAll<HTMLTimeElement>("time")) {
    time.textContent = relative(Date.parse(time.dateTime) - now);
  }
}
