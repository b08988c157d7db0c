import { ActionIcon, Tooltip, useComputedColorScheme } from '@mantine/core';
import { IconLayoutDashboard } from '@tabler/icons-react';
import { type DockviewApi, DockviewReact, type DockviewReadyEvent, type DockviewTheme } from 'dockview-react';
import 'dockview-react/dist/styles/dockview.css';
import { type FunctionComponent, useCallback, useMemo, useRef } from 'react';

export interface DockPanel {
  id: string;
  title: string;
  Content: FunctionComponent;
}

/**
 * Panels that a person arranges: dragged, resized, tabbed; the arrangement is kept in this window's local storage.
 * No panel can be closed for good: `reset` brings the room's own arrangement back.
 */
export function Dock({
  name,
  panels,
  arrange,
}: {
  name: string;
  panels: readonly DockPanel[];
  arrange: (api: DockviewApi) => void;
}) {
  const scheme = useComputedColorScheme('light');
  const dock = useRef<DockviewApi | null>(null);
  const key = `foresight.dock.${name}`;
  const components = useMemo(
    () => Object.fromEntries(panels.map(({ id, Content }) => [id, () => <Content />])),
    [panels],
  );
  const theme: DockviewTheme = useMemo(
    () => ({ name: 'foresight', className: 'dock-theme', colorScheme: scheme, gap: 8 }),
    [scheme],
  );
  const onReady = useCallback(
    ({ api }: DockviewReadyEvent) => {
      dock.current = api;
      if (!restore(api, key, panels)) arrange(api);
      api.onDidLayoutChange(() => window.localStorage.setItem(key, JSON.stringify(api.toJSON())));
    },
    [key, panels, arrange],
  );
  const reset = () => {
    const api = dock.current;
    if (!api) return;
    api.clear();
    arrange(api);
  };
  return (
    <div className="dock">
      <DockviewReact
        components={components}
        defaultTabComponent={Tab}
        onReady={onReady}
        theme={theme}
        disableFloatingGroups
      />
      <Tooltip label="Arrange the panels as they were" position="left">
        <ActionIcon
          className="dock-reset"
          variant="subtle"
          color="gray"
          size="sm"
          aria-label="Reset the arrangement"
          onClick={reset}
        >
          <IconLayoutDashboard size={15} />
        </ActionIcon>
      </Tooltip>
    </div>
  );
}

function Tab({ api }: { api: { title?: string | undefined } }) {
  return <div className="dock-tab">{api.title}</div>;
}

/** Whether a kept arrangement was there, fitted today's panels and could be put back. */
function restore(api: DockviewApi, key: string, panels: readonly DockPanel[]): boolean {
  const kept = window.localStorage.getItem(key);
  if (kept === null) return false;
  try {
    api.fromJSON(JSON.parse(kept));
    const ids = new Set(api.panels.map((panel) => panel.id));
    if (panels.length === ids.size && panels.every((panel) => ids.has(panel.id))) return true;
  } catch {
    // An arrangement of another version: the room's own one takes its place.
  }
  api.clear();
  window.localStorage.removeItem(key);
  return false;
}
