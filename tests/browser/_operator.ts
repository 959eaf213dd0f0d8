import { assert } from "@std/assert";
import type { Locator, Page } from "playwright-core";

/**
 * A user of the console, with a count of the effort: clicks, and keys other than text typed into a
 * field.
 */
export class Operator {
  readonly page: Page;
  steps = 0;

  constructor(page: Page) {
    this.page = page;
  }

  /** Starts a task at a page. */
  async at(path: string): Promise<void> {
    this.steps = 0;
    await this.page.goto(path);
    // Links work before hydration, keys do not.
    await this.page.waitForLoadState("networkidle");
  }

  async click(
    what: Locator,
    options?: Parameters<Locator["click"]>[0],
  ): Promise<void> {
    this.steps++;
    await what.first().click(options);
  }

  /** A link by its text. */
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

  /** Types into the focused field. */
  async type(text: string): Promise<void> {
    await this.page.keyboard.type(text);
  }

  /** Waits for a text of the page, and checks the task's limits. */
  async sees(text: string | RegExp, most = 3): Promise<void> {
    await this.page.locator("#main").getByText(text).first().waitFor();
    assert(this.steps <= most, `${this.steps} clicks and keys for: ${text}`);
  }
}
