import { useEffect } from 'react';
import { useLive } from '../live/live';
import { startRecording } from '../record/excitation';
import { discardEpisode, editHistory, finish } from '../store/actions';
import { hold, stop } from '../store/safety';
import { type Room, useUi } from '../store/ui-state';
import { tabInDialog } from './dialog-tab';
import { commandFor, type Focusable, focusKind } from './shortcuts';

function focusable(element: Element | null): Focusable | null {
  if (!(element instanceof HTMLElement)) return null;
  return {
    tagName: element.tagName,
    type: element instanceof HTMLInputElement ? element.type : undefined,
    role: element.getAttribute('role'),
    editable: element.isContentEditable,
  };
}

/** Whether a key belongs to a text that is being typed. */
export const isTyping = (): boolean => focusKind(focusable(document.activeElement)) === 'typing';

/** Space is then the dead-man key's (use-dead-man.ts). */
const isDeadManWanted = (): boolean => {
  const { status } = useLive.getState();
  return status?.connected === true && status.link.health?.deadMan.wanted === true;
};

/** The application's menu says it with a message, since only the page knows whether a text or the log is meant. */
function onMenu({ source, data }: MessageEvent): void {
  if (source !== window || (data !== 'foresight:undo' && data !== 'foresight:redo')) return;
  const direction = data === 'foresight:undo' ? 'undo' : 'redo';
  if (focusKind(focusable(document.activeElement)) === 'typing') document.execCommand(direction);
  else void editHistory(direction);
}

/** Listens ahead of every other listener (capture, on the window), so that no dialog can swallow a key. */
export function useShortcuts(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (tabInDialog(event)) return;
      if (event.key === ' ' && isDeadManWanted()) return;
      const press = {
        key: event.key,
        ctrl: event.ctrlKey,
        meta: event.metaKey,
        alt: event.altKey,
        shift: event.shiftKey,
        repeat: event.repeat,
      };
      const connected = useLive.getState().status?.connected ?? false;
      const command = commandFor(press, focusKind(focusable(document.activeElement)), connected);
      if (command === null) return;
      // Esc still closes what is open; every other key belongs to its command alone.
      if (command !== 'stop') event.preventDefault();
      if (event.repeat && command === 'hold') return;
      switch (command) {
        case 'stop':
          return void stop('the Esc key');
        case 'hold':
          return void hold();
        case 'record':
          useUi.setState({ room: 'record' });
          return void startRecording();
        case 'keep':
          return void finish();
        case 'discard':
          return void discardEpisode();
        case 'undo':
        case 'redo':
          return void editHistory(command);
        case 'help':
          return useUi.setState((s) => ({ help: !s.help }));
        default:
          return useUi.setState({ room: command.slice('room-'.length) as Room });
      }
    };
    // A button is pressed when Space comes up again: that belongs to hold as well.
    const onKeyUp = (event: KeyboardEvent) => {
      if (isDeadManWanted()) return;
      const connected = useLive.getState().status?.connected ?? false;
      if (event.key === ' ' && connected && focusKind(focusable(document.activeElement)) === 'other') {
        event.preventDefault();
      }
    };
    window.addEventListener('keydown', onKey, { capture: true });
    window.addEventListener('keyup', onKeyUp, { capture: true });
    window.addEventListener('message', onMenu);
    return () => {
      window.removeEventListener('keydown', onKey, { capture: true });
      window.removeEventListener('keyup', onKeyUp, { capture: true });
      window.removeEventListener('message', onMenu);
    };
  }, []);
}
