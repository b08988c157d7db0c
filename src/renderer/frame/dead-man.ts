/** How often it is said that the key is held, ms; a third of what it counts for in the rig process. */
export const BEAT_MS = 50;
/** A trigger counts as held from here on, of 1. */
const TRIGGER = 0.5;
/** The two triggers of a gamepad in the standard layout of the Web Gamepad API. */
const TRIGGERS = [6, 7] as const;

/** What of the Web Gamepad API is looked at. */
export interface GamepadLike {
  connected: boolean;
  mapping: string;
  buttons: readonly { value: number }[];
}

/** What the window has of keys, pads and focus; handed in, so that tests hold them. */
export interface DeadManWorld {
  /** navigator.getGamepads: a place is null where no pad is plugged in. */
  pads(): readonly (GamepadLike | null)[];
  hasFocus(): boolean;
  /** Says that the key is held, or that it is not any more. */
  say(held: boolean): void;
}

/**
 * The window's end of the dead-man key: Space or a trigger. It is asked every 50 ms what is held and says so; what it does not know to be held
 * is not. The rig process counts silence as letting go, so whatever stops this here stops the rig.
 */
export class DeadManKey {
  #space = false;
  #said = false;

  constructor(private readonly world: DeadManWorld) {}

  press(): void {
    this.#space = true;
    this.beat();
  }

  release(): void {
    this.#space = false;
    this.beat();
  }

  /** The window has lost the focus, or nobody wants the key any more: Space has to be pressed anew. */
  drop(): void {
    this.#space = false;
    if (this.#said) this.#say(false);
  }

  /** Every 50 ms while the key is wanted. */
  beat(): void {
    if (this.world.hasFocus()) {
      const held = this.#space || this.world.pads().some(isPulled);
      if (held || this.#said) this.#say(held);
    } else this.drop();
  }

  #say(held: boolean): void {
    this.#said = held;
    this.world.say(held);
  }
}

function isPulled(pad: GamepadLike | null): boolean {
  if (!pad?.connected || pad.mapping !== 'standard') return false;
  return TRIGGERS.some((place) => (pad.buttons[place]?.value ?? 0) > TRIGGER);
}
