import type { SpheroLink } from './link';
import { MODE, motorData } from './motors';
import { streamingData } from './stream';

/** One that stops when the connection ends: the temporary option flag of bit 0. */
const STOP_ON_DISCONNECT = Uint8Array.of(0, 0, 0, 1);
export const OFF = Uint8Array.of(0);

/** How a robot is made ready, and whether it still is: one that has restarted answers, but streams no more. */
export class SetUp {
  private isDone = false;
  /** Its options tell whether it has restarted: it has said them as they were set. */
  private remembers = false;

  constructor(
    private readonly link: SpheroLink,
    private readonly periodSeconds: number,
  ) {}

  /** Whatever it did for somebody before us ends, and it tells of itself from now on. @throws ForesightError */
  async carryOut(): Promise<void> {
    const { link } = this;
    await link.ask('rawMotors', motorData(MODE.brake));
    // Its own control would fight ours, and go on when this computer is gone.
    await link.ask('stabilisation', OFF);
    await link.ask('temporaryOptions', STOP_ON_DISCONNECT);
    this.remembers = await this.hasOptions().catch(() => false);
    await link.ask('locator', Uint8Array.of(0, 0, 0, 0, 0, 0, 0));
    await link.ask('streaming', streamingData(this.periodSeconds));
    this.isDone = true;
  }

  /**
   * Whether it has restarted since it was made ready, and is not ready any more.
   * @throws ForesightError when it does not answer
   */
  async hasRestarted(): Promise<boolean> {
    if (!this.isDone || !this.remembers || (await this.hasOptions())) return false;
    this.isDone = false;
    return true;
  }

  /** It was being made ready, which has not come to its end. */
  get isUnfinished(): boolean {
    return !this.isDone;
  }

  /** Options are kept until it restarts or sleeps. */
  private async hasOptions(): Promise<boolean> {
    const options = await this.link.ask('whichTemporaryOptions', undefined, 1);
    return options.length === STOP_ON_DISCONNECT.length && ((options[3] ?? 0) & 1) === 1;
  }
}
