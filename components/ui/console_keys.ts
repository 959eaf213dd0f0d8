import { atBase } from "./base_path.ts";
import { timeWords } from "./time.tsx";

/** Where the reader's choice is kept; "off" for no shortcuts. */
const SETTING = "portcullis-shortcuts";
const RANGES: Record<string, string> = { d: "24h", w: "7d", m: "30d" };

/** What single keys do; those that open a dialog are the island's. */
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
    // Of a row itself; a link or button in it does what it does.
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

/** Whether shortcuts are on, which they are where nothing says otherwise. */
export function setting(): boolean {
  try {
    return localStorage.getItem(SETTING) !== "off";
  } catch {
    return true;
  }
}

/** Keeps the reader's choice. */
export function storeSetting(isOn: boolean): void {
  try {
    localStorage.setItem(SETTING, isOn ? "on" : "off");
  } catch {
    // Where storage is forbidden, shortcuts stay on.
  }
}

/** Whether a key is pressed alone, and not to write something. */
export function isShortcut(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement;
  return !event.ctrlKey && !event.metaKey && !event.altKey &&
    !event.isComposing && !document.querySelector("dialog[open]") &&
    !target.closest(
      "input:not([type=checkbox]), textarea, select, [contenteditable]",
    );
}

const ANY_ROW = ":is([data-row], [data-row-link])";
/** Not those of a table that a row holds, such as its evidence. */
const ROW = `${ANY_ROW}:not(${ANY_ROW} *)`;

/** What there is to open of a row without a page of its own: its link, what it folds, its form. */
function openRow(row: HTMLElement | null): void {
  const link = row?.querySelector<HTMLElement>("a[href]") ??
    row?.querySelector<HTMLElement>("summary");
  if (link) link.click();
  else {
    row?.querySelector<HTMLElement>("input:not([type=hidden]), select, button")
      ?.focus();
  }
}

/** The row that has the focus, or holds it. */
export function currentRow(): HTMLElement | null {
  return document.activeElement?.closest<HTMLElement>(ROW) ?? null;
}

/** To the search that is on every page, with what stands in it selected. */
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

/** Closes the menu that is open, and gives the focus back. */
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

/** Copies what a button names, and closes menus that were left. */
export async function onClick(event: Event): Promise<void> {
  const target = event.target as HTMLElement;
  closeMenu(target);
  const button = target.closest<HTMLElement>("[data-copy]");
  if (!button) return;
  const said = button.textContent;
  // In a value's menu it is the value.
  const text = button.dataset.copy ||
    button.closest(".value")!.querySelector("summary")!.textContent!;
  button.textContent = await copy(text) ? "Copied" : "Not copied";
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

/** Where the reader's choice of zone is kept; "local" or nothing. */
const ZONE = "portcullis-zone";

/** Whether times are shown in the reader's zone, and not in UTC. */
export function isLocalTime(): boolean {
  try {
    return localStorage.getItem(ZONE) === "local";
  } catch {
    return false;
  }
}

/** Keeps the choice, and shows the page's times so. */
export function setLocalTime(is: boolean): void {
  try {
    localStorage.setItem(ZONE, is ? "local" : "utc");
  } catch {
    // Where storage is forbidden it holds for this page.
  }
  setClocks(is);
}

/** Puts ages right, and shows moments in the zone that was chosen. */
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

/** Leaves the fields that are empty out of an address. */
export function onSubmit(event: SubmitEvent): void {
  const form = event.target as HTMLFormElement;
  // Not the property: a field called "method" hides it.
  const method = event.submitter?.getAttribute("formmethod") ??
    form.getAttribute("method") ?? "get";
  if (method !== "get") return;
  const empty = [...form.elements].filter((field) =>
    (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) &&
    field.value === "" && !field.disabled
  ) as HTMLInputElement[];
  for (const field of empty) field.disabled = true;
  if ([...new FormData(form, event.submitter)].length === 0) {
    // The browser would leave a lone "?".
    event.preventDefault();
    const action = form.getAttribute("action") ?? location.pathname;
    location.assign(action.split("?")[0]!);
  }
  // As soon as the address is made: the page may be shown again from the history.
  setTimeout(() => {
    for (const field of empty) field.disabled = false;
  });
}
