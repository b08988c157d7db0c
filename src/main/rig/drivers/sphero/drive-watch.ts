import type { Sample } from './stream';

/** Of full duty: what is less is rounded to nothing on its way. */
const DRIVEN_DUTY = 0.006;
const NO_DUTY = 0.002;
/** A command and the sample that tells of it need some time to come and go. */
const PATIENCE_SECONDS = 0.5;
const FEWEST_SAMPLES = 3;

/** Watches that motors which are driven get current: a robot that takes it off by itself does not say so. */
export class DriveWatch {
  private drivenSince: number | undefined;
  private stoodSince: number | undefined;
  private samples = 0;

  /** @param duties of left and right, as shares of full duty; @param now s */
  told(duties: readonly number[], now: number): void {
    if (duties.some((duty) => Math.abs(duty) >= DRIVEN_DUTY)) this.drivenSince ??= now;
    else this.forget();
  }

  /** Nothing is driven. */
  forget(): void {
    this.drivenSince = undefined;
    this.stoodSince = undefined;
    this.samples = 0;
  }

  /** Whether the motors have been driven for a while and have got nothing all that time. */
  stands({ leftDuty, rightDuty }: Pick<Sample, 'leftDuty' | 'rightDuty'>, now: number): boolean {
    if (this.drivenSince === undefined) return false;
    if (Math.abs(leftDuty) >= NO_DUTY || Math.abs(rightDuty) >= NO_DUTY) {
      this.stoodSince = undefined;
      this.samples = 0;
      return false;
    }
    this.stoodSince ??= now;
    this.samples++;
    const since = Math.max(this.drivenSince, this.stoodSince);
    return this.samples >= FEWEST_SAMPLES && now - since > PATIENCE_SECONDS;
  }
}
