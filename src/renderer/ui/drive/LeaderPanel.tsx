import { Button, Select, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { followedJoints } from '../../../shared/teleop';
import { api } from '../../api';
import { useRigs } from '../../store/queries';
import { Folded } from '../Folded';
import { Problem } from '../Messages';

/** The second rig whose joints the connected one follows: connecting it, and what its motors say. */
export function LeaderPanel({ rig }: { rig: string }) {
  const queries = useQueryClient();
  const status = useQuery({
    queryKey: ['leader'],
    queryFn: () => api().rig.leader.status(),
    refetchInterval: 500,
  });
  const rigs = useRigs();
  const [chosen, setChosen] = useState(rig);
  const [port, setPort] = useState('');
  const [joints, setJoints] = useState('');
  const followed = followedJoints(joints);
  const again = () => queries.invalidateQueries({ queryKey: ['leader'] });
  const connect = useMutation({
    mutationFn: () =>
      api().rig.leader.connect({
        ...{ rig: chosen, joints: followed ?? {} },
        ...(port.trim() === '' ? {} : { port: port.trim() }),
      }),
    onSettled: again,
  });
  const leave = useMutation({ mutationFn: () => api().rig.leader.disconnect(), onSettled: again });
  const leader = status.data;
  if (leader) {
    return (
      <div className="stack-xs">
        <Text size="sm">
          {leader.title} <span className="list-note">{leader.link}</span>
        </Text>
        <Text
          size="xs"
          c={leader.stage === 'lost' || leader.torque !== false ? 'var(--bad-text)' : 'dimmed'}
          data-testid="leader-reason"
        >
          {leader.reason}
        </Text>
        <Text size="xs" c="dimmed" data-testid="leader-joints">
          {leader.joints.length} of its joints lead
          {leader.joints.some((one) => one.follower !== one.leader) &&
            `: ${leader.joints.map((one) => `${one.follower} by ${one.leader}`).join(', ')}`}
          .
        </Text>
        <Button
          size="compact-sm"
          variant="default"
          loading={leave.isPending}
          onClick={() => leave.mutate()}
          data-testid="leader-disconnect"
        >
          Disconnect the leader
        </Button>
      </div>
    );
  }
  return (
    <div className="stack-xs">
      <Select
        label="Leader arm"
        data={(rigs.data ?? [])
          .filter(({ problem }) => problem === null)
          .map(({ name, title }) => ({ value: name, label: title }))}
        value={chosen}
        onChange={(name) => setChosen(name ?? rig)}
        allowDeselect={false}
        searchable
        data-testid="leader-rig"
      />
      <TextInput
        label="Its port"
        placeholder="as in its rig file; simulated"
        value={port}
        onChange={(event) => setPort(event.currentTarget.value)}
        data-testid="leader-port"
      />
      <Folded title="Joints" summary="those of the same name follow" testId="leader-more">
        <TextInput
          label="Joints that follow others"
          description="FOLLOWER=LEADER:SCALE:OFFSET, several with commas between"
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          placeholder="elbow=elbow_flex:-1:0.2"
          value={joints}
          error={
            followed === null && 'Write it as elbow=elbow_flex:-1:0.2; scale and offset may be left out.'
          }
          onChange={(event) => setJoints(event.currentTarget.value)}
          data-testid="leader-follow"
        />
      </Folded>
      <Text size="xs" c="dimmed">
        Hold the leader: its motors let go of it when it is connected.
      </Text>
      <Button
        size="compact-sm"
        loading={connect.isPending}
        disabled={followed === null}
        onClick={() => connect.mutate()}
        data-testid="leader-connect"
      >
        Connect the leader
      </Button>
      {connect.error && <Problem error={connect.error} />}
    </div>
  );
}
