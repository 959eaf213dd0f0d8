import { atBase } from "./base_path.ts";
import { timeWords } from "./time.tsx";

/** The storage key of the reader's choice; "off" disables shortcuts. */
const SETTING = "portcullis-shortcuts";
const RANGES: Record<string, string> = { d: "24h", w: "7d", m: "30d" };

/** The actions of single keys; keys that open a dialog are handled by the island. */
export const ACTIONS: Record<string, () => void> = {
  "/": () => focusSearch(),
  f: () =>
    document.querySelector<HTMLElement>(
      "main input[type=search], main form[method=get] input:not([type=hidden])",
    )?.focus(),
  j: () => step(1),
  k: () => step(-1),
  x: () => currentRow()?.querySelector<HTMLElement>("[type=checkbox]")?.click(),
  o: () => {
    const row = currentRow();
    const link = row?.querySelector<HTMLElement>("a[data-open]");
    if (link) link.click();
    else if (row?.dataset.rowLink) location.assign(atBase(row.dataset.rowLink));
    else if (row?.dataset.row) {
      location.assign(
        atBase(`/admin/ip/${encodeURIComponent(row.dataset.row)}`),
      );
    } else openRow(row);
  },
  Enter: () => {
    // Only on the row itself; a link or button in it keeps its own behaviour.
    if (document.activeElement === currentRow()) ACTIONS.o!();
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

/** Whether shortcuts are on, which is the default. */
export function setting(): boolean {
  try {
    return localStorage.getItem(SETTING) !== "off";
  } catch {
    return true;
  }
}

/** Stores the reader's choice. */
export function storeSetting(isOn: boolean): void {
  try {
    localStorage.setItem(SETTING, isOn ? "on" : "off");
  } catch {
    // If storage is forbidden, shortcuts stay on.
  }
}

/** Whether a key is pressed without modifiers and outside of text fields. */
export function isShortcut(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement;
  return !event.ctrlKey && !event.metaKey && !event.altKey &&
    !event.isComposing && !document.querySelector("dialog[open]") &&
    !target.closest(
      "input:not([type=checkbox]), textarea, select, [contenteditable]",
    );
}

const ANY_ROW = ":is([data-row], [data-row-link])";
/** Not rows of a table within a row, such as its evidence. */
const ROW = `${ANY_ROW}:not(${ANY_ROW} *)`;

/** Opens a row: its link, its details, or its form. */
function openRow(row: HTMLElement | null): void {
  const link = row?.querySelector<HTMLElement>("a[href]") ??
    row?.querySelector<HTMLElement>("summary");
  if (link) link.click();
  else {
    row?.querySelector<HTMLElement>("input:not([type=hidden]), select, button")
      ?.focus();
  }
}

/** The row that has or contains the focus. */
export function currentRow(): HTMLElement | null {
  return document.activeElement?.closest<HTMLElement>(ROW) ?? null;
}

/** Focuses the page's search field, and selects its text. */
export function focusSearch(): void {
  const field = document.querySelector<HTMLInputElement>("#find");
  field?.focus();
  field?.select();
}

/** The address that the page is about. */
export function subject(): string {
  return document.querySelector<HTMLElement>("[data-subject]")?.dataset
    .subject ?? "";
}

function step(by: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>(ROW)]
    .filter((row) => row.checkVisibility());
  const at = rows.indexOf(currentRow()!);
  const next = rows[at < 0 ? 0 : at + by];
  if (!next) return;
  next.tabIndex = -1;
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

/** Closes the open menu, and returns the focus. */
export function closeMenu(except?: Element): void {
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

/** Copies a button's text, and closes other menus. */
export async function onClick(event: Event): Promise<void> {
  const target = event.target as HTMLElement;
  closeMenu(target);
  const button = target.closest<HTMLElement>("[data-copy]");
  if (!button) return;
  const said = button.textContent;
  // In a value's menu, the value is copied.
  const text = button.dataset.copy ||
    button.closest(".value")!.querySelector("summary")!.textContent!;
  button.textContent = await copy(text) ? "Copied" : "Not copied";
  setTimeout(() => button.textContent = said, 2_000);
}

/** Over plain http there is no clipboard API; only a selection can be copied. */
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

/** The storage key of the time zone choice; "local" or nothing. */
const ZONE = "portcullis-zone";

/** Whether times are shown in the reader's zone instead of UTC. */
export function isLocalTime(): boolean {
  try {
    return localStorage.getItem(ZONE) === "local";
  } catch {
    return false;
  }
}

/** Stores the choice, and updates the page's times. */
export function setLocalTime(is: boolean): void {
  try {
    localStorage.setItem(ZONE, is ? "local" : "utc");
  } catch {
    // If storage is forbidden, it applies to this page only.
  }
  setClocks(is);
}

/** Updates ages, and shows times in the chosen zone. */
export function setClocks(isLocal = isLocalTime()): void {
  const now = Date.now();
  for (const time of document.querySelectorAll<HTMLTimeElement>("time")) {
    const isExact = "exact" in time.dataset;
    const { text, title } = timeWords(Date.parse(time.dateTime), {
      ...{ now, isExact, isLocal },
    });
    if (time.textContent !== text) time.textContent = text;
    time.title = title;
  }
}

/** Leaves empty fields out of the URL. */
export function onSubmit(event: SubmitEvent): void {
  const form = event.target as HTMLFormElement;
  // The attribute, as a field called "method" hides the property.
  const method = event.submitter?.getAttribute("formmethod") ??
    form.getAttribute("method") ?? "get";
  if (method !== "get") return;
  const empty = [...form.elements].filter((field) =>
    (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) &&
    field.value === "" && !field.disabled
  ) as HTMLInputElement[];
  for (const field of empty) field.disabled = true;
  if ([...new FormData(form, event.submitter)].length === 0) {
    // The browser would leave a trailing "?".
    event.preventDefault();
    const action = form.getAttribute("action") ?? location.pathname;
    location.assign(action.split("?")[0]!);
  }
  // After the URL was built: the page may be shown again from the history.
  setTimeout(() => {
    for (const field of empty) field.disabled = false;
  });
}
