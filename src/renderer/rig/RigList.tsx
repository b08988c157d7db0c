import { Badge, Button, Text, TextInput } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { putAway } from '../live/live';
import { useCurrentRig, useRigs } from '../store/queries';
import { useUi } from '../store/ui-state';
import { Empty, Problem } from '../ui/Messages';
import { Panel } from '../ui/Panel';
import { rigsFound, wayTo } from './rigs-found';

/** With more rigs than are seen at once one is looked for by its name. */
const MANY = 8;

export function RigList() {
  const rigs = useRigs();
  const queries = useQueryClient();
  const { name } = useCurrentRig();
  const [sought, setSought] = useState('');
  const found = rigsFound(rigs.data ?? [], sought);
  const first = rigs.data?.find((rig) => rig.problem === null)?.name;
  useEffect(() => {
    if (name === null && first) useUi.setState({ rig: first });
  }, [name, first]);
  return (
    <Panel
      title="Rigs"
      fill
      className="rig-list"
      aside={
        <Button
          size="compact-xs"
          variant="subtle"
          leftSection={<IconRefresh size={14} />}
          onClick={() => void queries.invalidateQueries({ queryKey: ['rigs'] })}
        >
          Look again
        </Button>
      }
    >
      {rigs.error && <Problem error={rigs.error} retry={() => void rigs.refetch()} />}
      {rigs.isPending && (
        <Text size="sm" c="dimmed">
          Looking for rigs …
        </Text>
      )}
      {rigs.data?.length === 0 && (
        <Empty compact title="No rigs found">
          Put a folder with a rig.json into the workspace's rigs folder.
        </Empty>
      )}
      {(rigs.data?.length ?? 0) > MANY && (
        <TextInput
          aria-label="Find a rig"
          placeholder="Find by name, or by how it is reached"
          value={sought}
          onChange={(e) => setSought(e.currentTarget.value)}
          mb={6}
          data-testid="rig-find"
        />
      )}
      {sought !== '' && found.length === 0 && (
        <Text size="xs" c="dimmed">
          No rig is called so, or reached so.
        </Text>
      )}
      <div className="list">
        {found.map((rig) => (
          <button
            key={rig.folder}
            type="button"
            className="list-entry"
            data-active={rig.name === name}
            onClick={() => {
              // Whoever looks at another rig has done with the one that was lost.
              if (rig.name !== name) putAway();
              useUi.setState({ rig: rig.name });
            }}
            data-testid={`rig-${rig.name}`}
          >
            <span className="row">
              <span className="list-title">{rig.title}</span>
              {!rig.builtIn && (
                <Badge size="xs" variant="light" className="list-badge">
                  own
                </Badge>
              )}
            </span>
            <span className="list-note">
              {rig.name} · {wayTo(rig)}
            </span>
            {rig.problem && <span className="list-problem">{rig.problem}</span>}
          </button>
        ))}
      </div>
    </Panel>
  );
}
