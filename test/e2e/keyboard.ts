import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

/** More stops than any room has: the way round has been gone once. */
const MOST_STOPS = 150;

/** A person without a mouse: goes from one thing to the next with Tab, and finds nothing that Tab does not reach. */
export class Keyboard {
  constructor(private readonly page: Page) {}

  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  /** Goes on with Tab until this, or something in it, has the focus. */
  async to(target: Locator): Promise<void> {
    await target.waitFor();
    // A control that is not ready yet is passed over by Tab.
    await expect.poll(() => target.isEnabled()).toBe(true);
    const passed: string[] = [];
    // What has the focus meanwhile, or null when it is there: one question a stop, as there are many.
    const where = () =>
      target.evaluate((element) => {
        const { activeElement } = document;
        if (element.contains(activeElement)) return null;
        return activeElement?.textContent || activeElement?.ariaLabel || '–';
      });
    for (let at = await where(); at !== null; at = await where()) {
      passed.push(at);
      if (passed.length > MOST_STOPS)
        throw new Error(`Tab does not reach ${target}, but ${passed.join(' · ')}`);
      await this.press('Tab');
    }
  }

  /** Writes over what stands in a field. */
  async fill(field: Locator, text: string): Promise<void> {
    await this.to(field);
    await this.press('ControlOrMeta+a');
    await this.page.keyboard.type(text);
  }

  async enter(target: Locator): Promise<void> {
    await this.to(target);
    await this.press('Enter');
  }
}
