import { assert } from "@std/assert";
import type { Locator, Page } from "playwright-core";

/**
 * Somebody who works with the console, and how much that takes: clicks, and keys other than those of
 * what is typed into a field.
 */
export class Operator {
  readonly page: Page;
  steps = 0;

  constructor(page: Page) {
    this.page = page;
  }

  /** Begins a task at a page. */
  async at(path: string): Promise<void> {
    this.steps = 0;
    await this.page.goto(path);
    // Links work without it, keys do not.
    await this.page.waitForLoadState("networkidle");
  }

  async click(
    what: Locator,
    options?: Parameters<Locator["click"]>[0],
  ): Promise<void> {
    this.steps++;
    await what.first().click(options);
  }

  /** A link by its words. */
  async link(name: string | RegExp): Promise<void> {
    await this.click(
      this.page.getByRole("link", { name, exact: typeof name === "string" }),
    );
  }

  async button(name: string | RegExp): Promise<void> {
    await this.click(
      this.page.getByRole("button", { name, exact: typeof name === "string" }),
    );
  }

  async key(key: string): Promise<void> {
    this.steps++;
    await this.page.keyboard.press(key);
  }

  /** Types into the field that has the focus. */
  async type(text: string): Promise<void> {
    await this.page.keyboard.type(text);
  }

  /** Waits for a text of the page, and holds the task to what it may take. */
  async sees(text: string | RegExp, most = 3): Promise<void> {
    await this.page.locator("#main").getByText(text).first().waitFor();
    assert(this.steps <= most, `${this.steps} clicks and keys for: ${text}`);
  }
}
