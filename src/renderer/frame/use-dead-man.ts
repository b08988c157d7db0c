import { useEffect } from 'react';
import { api } from '../api';
import { useLive } from '../live/live';
import { BEAT_MS, DeadManKey } from './dead-man';
import { isTyping } from './use-shortcuts';

/** While the connected rig wants it, Space and the triggers of gamepads are its dead-man key, ahead of every other use of Space. */
export function useDeadMan(): void {
  const wanted = useLive(
    ({ status }) => status?.connected === true && status.link.health?.deadMan.wanted === true,
  );
  useEffect(() => {
    if (!wanted) return;
    const key = new DeadManKey({
      pads: () => navigator.getGamepads(),
      hasFocus: () => document.hasFocus(),
      // A beat that does not arrive counts as none there.
      say: (held) =>
        void api()
          .rig.deadMan({ held })
          .catch(() => undefined),
    });
    const take = (event: KeyboardEvent): boolean => {
      if (event.key !== ' ' || isTyping()) return false;
      event.preventDefault();
      event.stopImmediatePropagation();
      return true;
    };
    const down = (event: KeyboardEvent) => {
      if (take(event) && !event.repeat) key.press();
    };
    const up = (event: KeyboardEvent) => {
      if (take(event)) key.release();
    };
    const blur = () => key.drop();
    const timer = window.setInterval(() => key.beat(), BEAT_MS);
    window.addEventListener('keydown', down, { capture: true });
    window.addEventListener('keyup', up, { capture: true });
    window.addEventListener('blur', blur);
    return () => {
      window.clearInterval(timer);
      window.removeEventListener('keydown', down, { capture: true });
      window.removeEventListener('keyup', up, { capture: true });
      window.removeEventListener('blur', blur);
      key.drop();
    };
  }, [wanted]);
}
